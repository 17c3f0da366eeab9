//! `eth_subscribe`: new heads, logs and transactions as they come.
//!
//! The server's own way to subscribe sends the answer by itself, also where a batch has it; here a request has one answer, and
//! what the subscription has to say comes after it.

use std::collections::HashMap;
use std::future::{ready, Future};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jsonrpsee::types::{ErrorObjectOwned, Id, Params, SubscriptionId};
use jsonrpsee::{
    ConnectionId, Extensions, MethodCallback, MethodResponse, MethodSink, ResponsePayload,
    RpcModule, SubscriptionState,
};
use serde_json::{json, Value};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, oneshot};

use crate::error::RpcError;
use crate::node::{Event, Node};
use crate::rpc::Arguments;

mod answer;
mod topic;

use answer::Unanswered;
pub(crate) use answer::{AnswerLayer, OverHttp};
use topic::Topic;

/// Method that subscribes.
const SUBSCRIBE: &str = "eth_subscribe";
/// Method that ends a subscription.
const UNSUBSCRIBE: &str = "eth_unsubscribe";

/// A connection's subscription.
type Key = (ConnectionId, SubscriptionId<'static>);

/// The subscriptions that there are. Each ends when what is kept here of it is dropped.
#[derive(Clone, Default)]
struct Running(Arc<Mutex<HashMap<Key, oneshot::Sender<()>>>>);

impl Running {
    fn all(&self) -> MutexGuard<'_, HashMap<Key, oneshot::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Registers `eth_subscribe` and `eth_unsubscribe`.
pub fn register(module: &mut RpcModule<Node>, node: Arc<Node>) {
    let running = Running::default();
    let ended = running.clone();
    let begin = move |id: Id<'_>,
                      params: Params<'_>,
                      sink: MethodSink,
                      state: SubscriptionState<'_>,
                      extensions: Extensions| {
        let most = sink.max_response_size() as usize;
        let answer = match begin(&node, &running, &params, sink, state, &extensions) {
            Ok(subscription) => {
                MethodResponse::response(id, ResponsePayload::success(subscription), most)
            }
            Err(error) => MethodResponse::error(id, ErrorObjectOwned::from(error)),
        };
        let answer: Pin<Box<dyn Future<Output = MethodResponse> + Send>> =
            Box::pin(ready(answer.with_extensions(extensions)));
        answer
    };
    let end = move |id: Id<'_>,
                    params: Params<'_>,
                    connection: ConnectionId,
                    most: usize,
                    extensions: Extensions| {
        let answer = match end(&ended, &params, connection) {
            Ok(ended) => MethodResponse::response(id, ResponsePayload::success(ended), most),
            Err(error) => MethodResponse::error(id, ErrorObjectOwned::from(error)),
        };
        answer.with_extensions(extensions)
    };
    for (name, callback) in [
        (SUBSCRIBE, MethodCallback::Subscription(Arc::new(begin))),
        (UNSUBSCRIBE, MethodCallback::Unsubscription(Arc::new(end))),
    ] {
        module
            .verify_and_insert(name, callback)
            .expect("method names are distinct");
    }
}

/// Begins a subscription; gives its id.
fn begin(
    node: &Arc<Node>,
    running: &Running,
    params: &Params<'_>,
    sink: MethodSink,
    state: SubscriptionState<'_>,
    extensions: &Extensions,
) -> Result<SubscriptionId<'static>, RpcError> {
    let topic = Topic::parse(params)?;
    let key = (state.conn_id, state.id_provider.next_id());
    let (keep, ended) = oneshot::channel();
    running.all().insert(key.clone(), keep);
    let subscriber = Subscriber {
        node: Arc::clone(node),
        events: node.subscribe(),
        topic,
        id: key.1.clone(),
        sink,
    };
    let answered = Unanswered::end(extensions);
    let (running, subscription) = (running.clone(), key.1.clone());
    let permit = state.subscription_permit;
    let connection = subscriber.sink.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = ended => {}
            () = connection.closed() => {}
            () = async { answered.await; subscriber.serve().await } => {}
        }
        running.all().remove(&key);
        drop(permit);
    });
    Ok(subscription)
}

/// Ends a subscription; whether there was one.
fn end(running: &Running, params: &Params<'_>, connection: ConnectionId) -> Result<bool, RpcError> {
    let mut arguments = Arguments::new(params.sequence());
    let id = SubscriptionId::Str(arguments.next::<String>()?.into());
    if arguments.optional::<Value>()?.is_some() {
        return Err(RpcError::invalid("too many arguments, want at most 1"));
    }
    Ok(running.all().remove(&(connection, id)).is_some())
}

struct Subscriber {
    node: Arc<Node>,
    events: broadcast::Receiver<Event>,
    topic: Topic,
    id: SubscriptionId<'static>,
    sink: MethodSink,
}

impl Subscriber {
    /// Sends what the topic is about, until the node ends or the connection.
    async fn serve(self) {
        let Self {
            node,
            mut events,
            topic,
            id,
            sink,
        } = self;
        let mut messages: Vec<Value> = topic.first().into_iter().collect();
        loop {
            for message in messages {
                let notification = json!({
                    "jsonrpc": "2.0",
                    "method": "eth_subscription",
                    "params": { "subscription": id, "result": message },
                });
                let Ok(notification) = serde_json::value::to_raw_value(&notification) else {
                    return;
                };
                if sink.send(notification).await.is_err() {
                    return;
                }
            }
            messages = match events.recv().await {
                Ok(event) => topic.messages(&node, &event),
                // A subscriber that can't keep up misses what it can't take.
                Err(RecvError::Lagged(_)) => Vec::new(),
                Err(RecvError::Closed) => return,
            };
        }
    }
}

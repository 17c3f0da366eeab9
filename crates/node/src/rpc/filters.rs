//! Logs and filters.

use super::{quantity, reply, Arguments, Method, Quantity, Reply};
use crate::error::RpcError;
use crate::filter::{self, Changes, Kind, Wanted, MAX_LOGS};
use crate::node::Node;
use crate::past::logs_before;
use crate::transaction::pending_view;

pub(super) const METHODS: &[Method] = &[
    Method::long("eth_getLogs", 1, logs),
    Method::quick("eth_newFilter", 1, |node, arguments| {
        let wanted: Wanted = arguments.object()?;
        install(node, Kind::Logs(Box::new(wanted)))
    }),
    Method::quick("eth_newBlockFilter", 0, |node, _| {
        install(node, Kind::Blocks)
    }),
    Method::quick("eth_newPendingTransactionFilter", 1, |node, arguments| {
        let whole = arguments.optional()?.unwrap_or_default();
        install(node, Kind::Transactions { whole })
    }),
    Method::long("eth_getFilterChanges", 1, changes),
    Method::long("eth_getFilterLogs", 1, filter_logs),
    Method::quick("eth_uninstallFilter", 1, |node, arguments| {
        let id = arguments.next::<Quantity>()?.to_u64()?;
        reply(node.filters().uninstall(id))
    }),
];

fn logs(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    search(node, &arguments.object()?)
}

/// Logs that match; on a fork those of the other chain, too.
fn search(node: &Node, wanted: &Wanted) -> Reply {
    let here = || node.read(|state| filter::search(&state.ledger, wanted));
    let Some((mut found, goes_on)) = logs_before(node, wanted)? else {
        return reply(here()?);
    };
    if goes_on {
        for log in here()? {
            found.push(reply(log)?);
        }
    }
    if found.len() > MAX_LOGS {
        return Err(RpcError::LimitExceeded(format!(
            "query returned more than {MAX_LOGS} results"
        )));
    }
    Ok(found.into())
}

fn install(node: &Node, kind: Kind) -> Reply {
    let id = node.read(|state| node.filters().install(kind, &state.ledger))?;
    quantity(id)
}

fn changes(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let id = arguments.next::<Quantity>()?.to_u64()?;
    match node.read(|state| node.filters().poll(id, &state.ledger))? {
        Changes::Hashes(hashes) => reply(hashes),
        Changes::Transactions(hashes) => {
            let found = hashes.into_iter().filter_map(|hash| node.find_sent(hash));
            reply(found.map(|sent| pending_view(&sent)).collect::<Vec<_>>())
        }
        Changes::Logs(logs) => reply(logs),
    }
}

fn filter_logs(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let id = arguments.next::<Quantity>()?.to_u64()?;
    let wanted = node.filters().criteria(id)?;
    search(node, &wanted)
}

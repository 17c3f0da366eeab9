//! HTTP by hand.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{json, Value};

/// A JSON-RPC error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub code: i64,
    pub message: String,
    pub data: Value,
}

/// One request; its result.
pub fn call(address: SocketAddr, method: &str, params: Value) -> Result<Value, Failure> {
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let (status, body) = post(address, request.to_string().as_bytes());
    assert_eq!(status, 200, "{method}: {body}");
    result(&serde_json::from_str(&body).expect("JSON"))
}

/// The result in a response.
pub fn result(response: &Value) -> Result<Value, Failure> {
    assert_eq!(response["jsonrpc"], "2.0", "{response}");
    match response.get("error") {
        None => Ok(response["result"].clone()),
        Some(error) => Err(Failure {
            code: error["code"].as_i64().expect("a code"),
            message: error["message"].as_str().expect("a message").to_owned(),
            data: error.get("data").cloned().unwrap_or_default(),
        }),
    }
}

/// Posts a body; gives the status and the body of the response.
pub fn post(address: SocketAddr, body: &[u8]) -> (u16, String) {
    let head = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let request = [head.as_bytes(), body].concat();
    exchange(address, &request, Duration::from_secs(60)).expect("a response")
}

/// Sends bytes as they are and reads until the server closes or patience ends; gives the status and the body, `None`
/// without a response.
pub fn exchange(address: SocketAddr, bytes: &[u8], patience: Duration) -> Option<(u16, String)> {
    let (head, body) = exchange_with_head(address, bytes, patience)?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, body))
}

/// Sends bytes as they are; gives the status of the response, whatever comes after its head. `None` without one.
pub fn status(address: SocketAddr, bytes: &[u8], patience: Duration) -> Option<u16> {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(patience)).expect("a timeout");
    let _ = stream.write_all(bytes);
    let (mut line, mut byte) = (Vec::new(), [0]);
    while !line.ends_with(b"\r\n") && stream.read_exact(&mut byte).is_ok() {
        line.push(byte[0]);
    }
    let line = String::from_utf8_lossy(&line);
    line.split(' ').nth(1)?.parse().ok()
}

/// Like [`exchange`], with the whole head of the response.
pub fn exchange_with_head(
    address: SocketAddr,
    bytes: &[u8],
    patience: Duration,
) -> Option<(String, String)> {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(patience)).expect("a timeout");
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(bytes);
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response);
    let text = String::from_utf8_lossy(&response);
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((head.to_owned(), body.to_owned()))
}

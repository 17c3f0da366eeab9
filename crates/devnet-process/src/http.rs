//! HTTP in its plainest form.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
};

/// The whole response of a host and port to a GET.
pub fn get(address: &str, path: &str) -> String {
    let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    String::from_utf8(exchange(address, head.as_bytes(), &[])).expect("text")
}

/// The whole response to JSON that is posted.
pub fn post(address: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    exchange(address, head.as_bytes(), body)
}

/// Status and body of a response.
pub fn answer(response: &[u8]) -> (u16, &[u8]) {
    let at = response.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = response.split_at(at.expect("a head"));
    let head = std::str::from_utf8(head).expect("text");
    let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
    (status.expect("a status"), &body[4..])
}

fn exchange(address: &str, head: &[u8], body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.write_all(head).expect("sent");
    stream.write_all(body).expect("sent");
    let mut response = Vec::new();
    stream.read_to_end(&mut response).expect("a response");
    response
}

/// The first line and the body of a request; `None` when it ends before it is whole.
pub fn read_request<S: Read>(reader: &mut BufReader<S>) -> Option<(String, Vec<u8>)> {
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first, body))
}

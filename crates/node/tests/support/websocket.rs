//! WebSocket by hand: text frames only, which is all that JSON-RPC needs.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{json, Value};

/// A connection.
pub struct WebSocket(TcpStream);

impl WebSocket {
    pub fn connect(address: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream
            .set_read_timeout(Some(Duration::from_secs(120)))
            .expect("a timeout");
        let upgrade = format!(
            "GET / HTTP/1.1\r\nhost: {address}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: c21pcmstbm9kZS10ZXN0cyE=\r\n\r\n"
        );
        stream.write_all(upgrade.as_bytes()).expect("an upgrade");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(byte(&mut stream));
        }
        assert!(head.starts_with(b"HTTP/1.1 101"), "upgraded");
        Self(stream)
    }

    /// Sends a request and gives the response to it. Notifications must not be under way.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.send(&request.to_string());
        self.receive()
    }

    /// Sends a text.
    pub fn send(&mut self, text: &str) {
        let mut frame = vec![0x81];
        match text.len() {
            short @ 0..=125 => frame.push(0x80 | short as u8),
            long => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(long).expect("a short text").to_be_bytes());
            }
        }
        // A mask of zeros leaves the text as it is.
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        self.0.write_all(&frame).expect("sent");
    }

    /// The next text.
    pub fn receive(&mut self) -> Value {
        loop {
            let first = byte(&mut self.0);
            let length = match byte(&mut self.0) & 0x7f {
                126 => u64::from(u16::from_be_bytes(self.bytes())),
                127 => u64::from_be_bytes(self.bytes()),
                short => u64::from(short),
            };
            let mut payload = vec![0; length as usize];
            self.0.read_exact(&mut payload).expect("a payload");
            if first == 0x81 {
                return serde_json::from_slice(&payload).expect("JSON");
            }
        }
    }

    /// The next notification of a subscription.
    pub fn notification(&mut self, subscription: &Value) -> Value {
        let message = self.receive();
        assert_eq!(message["method"], "eth_subscription", "{message}");
        assert_eq!(&message["params"]["subscription"], subscription);
        message["params"]["result"].clone()
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes).expect("bytes");
        bytes
    }
}

fn byte(stream: &mut TcpStream) -> u8 {
    let mut byte = [0];
    stream.read_exact(&mut byte).expect("a byte");
    byte[0]
}

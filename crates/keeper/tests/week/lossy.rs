//! A proxy that loses answers.

use std::{
    io::{BufReader, Write},
    net::TcpListener,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
};

use smirk_devnet_process::{post, read_request};

/// A proxy before a node that does what it is asked and then loses every nth answer. Returns its URL.
pub fn lossy(node: &str, every: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (node, count) = (node.to_owned(), Arc::new(AtomicUsize::new(0)));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (node, count) = (node.clone(), count.clone());
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                let Some(body) = read_request(&mut reader).map(|(_, body)| body) else {
                    return;
                };
                let answer = post(&node, &body);
                if count.fetch_add(1, Ordering::Relaxed) % every != every - 1 {
                    // Whoever asked may be gone.
                    let _ = reader.get_mut().write_all(&answer);
                }
            });
        }
    });
    url
}

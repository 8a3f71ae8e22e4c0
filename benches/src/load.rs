//! A load generator: raw HTTP/1.1 over kept connections, one thread a connection, and every answer looked at.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::contenders::SECRET;

/// Makes signed requests, each with an id of its own where `unique` says so.
#[derive(Clone)]
pub(crate) struct Requests {
    key: Hmac<Sha256>,
    body: Vec<u8>,
    time: u64,
}

impl Requests {
    pub(crate) fn new(bytes: usize) -> Self {
        let key = BASE64.decode(SECRET.trim_start_matches("whsec_").as_bytes()).expect("base64");
        let key = Hmac::new_from_slice(&key).expect("a key");
        let time = countersign::UnixTime::now().expect("a clock after 1970").as_secs();
        Self { key, body: vec![b'a'; bytes], time }
    }

    /// The head of a delivery with this id; its body is [`body`](Self::body).
    pub(crate) fn head(&self, id: &str) -> Vec<u8> {
        let mut mac = self.key.clone();
        mac.update(format!("{id}.{}.", self.time).as_bytes());
        mac.update(&self.body);
        self.head_signed(id, &BASE64.encode(&mac.finalize().into_bytes()), self.body.len())
    }

    pub(crate) fn head_signed(&self, id: &str, signature: &str, length: usize) -> Vec<u8> {
        let time = self.time;
        format!(
            "POST /hooks HTTP/1.1\r\nhost: hooks.example.com\r\naccept: */*\r\naccept-encoding: gzip, deflate\r\n\
             user-agent: Svix-Webhooks/1.67.0 (sender-9YMgn; +https://www.svix.com/http-sender/)\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\nx-forwarded-for: 203.0.113.7\r\n\
             x-request-id: 3f6c1c52-4f7a-4a39-8a36-2f6d3c1a0b11\r\nwebhook-id: {id}\r\nwebhook-timestamp: {time}\r\n\
             webhook-signature: v1,{signature}\r\n\r\n"
        )
        .into_bytes()
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }
}

/// Sends `requests` requests over these connections and expects 204 for each.
pub(crate) fn drive(connections: &mut [TcpStream], requests: &Requests, count: usize, unique: &mut u64) {
    let share = count.div_ceil(connections.len());
    let first = *unique;
    *unique += (share * connections.len()) as u64;
    std::thread::scope(|scope| {
        for (lane, connection) in connections.iter_mut().enumerate() {
            scope.spawn(move || {
                for index in 0..share {
                    let id = format!("msg_{:024}", first + (lane * share + index) as u64);
                    let mut request = requests.head(&id);
                    request.extend_from_slice(requests.body());
                    connection.write_all(&request).expect("a server that reads");
                    let status = read_status(connection);
                    assert_eq!(status, 204, "a genuine delivery was refused");
                }
            });
        }
    });
}

pub(crate) fn connect(address: SocketAddr, count: usize) -> Vec<TcpStream> {
    let connection = |_| {
        let connection = TcpStream::connect(address).expect("a connection");
        connection.set_nodelay(true).expect("no delay");
        connection
    };
    (0..count).map(connection).collect()
}

/// Reads an answer without a body, or with one that `content-length` announces, and returns its status.
pub(crate) fn read_status(connection: &mut TcpStream) -> u16 {
    read_answer(connection).0
}

pub(crate) fn read_answer(connection: &mut TcpStream) -> (u16, String) {
    let mut answer = Vec::new();
    let mut buffer = [0; 4_096];
    loop {
        let read = connection.read(&mut buffer).expect("an answer");
        assert!(read > 0, "the server hung up");
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ").map(str::to_owned));
        if body.len() < length.and_then(|length| length.trim().parse().ok()).unwrap_or(0) {
            continue;
        }
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        return (status, body.to_owned());
    }
}

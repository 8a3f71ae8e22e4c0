//! A way to a server that can go silent: connections stay open, and what the server answers never comes.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Passes on to a server of 127.0.0.1 until its process ends.
pub struct Link {
    port: u16,
    turns: Arc<AtomicU64>,
}

impl Link {
    /// Passes on to `target`, from a free port.
    ///
    /// # Errors
    ///
    /// The system refuses.
    pub fn to(target: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        // Even while answers pass.
        let turns = Arc::new(AtomicU64::new(0));
        let shared = Arc::clone(&turns);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let _ = connect(client, target, &shared);
            }
        });
        Ok(Self { port, turns })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on the server is asked and no answer comes, on no connection.
    pub fn silence(&self) {
        self.turns.fetch_or(1, Ordering::SeqCst);
    }

    /// Connections from now on are answered. Those of before stay as silent as they are.
    pub fn heal(&self) {
        let _ = self.turns.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |turns| Some((turns | 1).wrapping_add(1)));
    }
}

fn connect(client: TcpStream, target: u16, turns: &Arc<AtomicU64>) -> io::Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, target))?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_server) = (client.try_clone()?, server.try_clone()?);
    let (turns, born) = (Arc::clone(turns), turns.load(Ordering::SeqCst));
    thread::spawn(move || pass(from_client, to_server, || true));
    thread::spawn(move || pass(server, client, || born % 2 == 0 && turns.load(Ordering::SeqCst) == born));
    Ok(())
}

/// Passes bytes on while they may pass, and swallows them otherwise. The end of one side is the other's.
fn pass(mut from: TcpStream, mut to: TcpStream, may: impl Fn() -> bool) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        if may() && to.write_all(bytes.get(..read).unwrap_or_default()).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

use countersign_tests::{journal, receivers::*, sign::*, rows};
use std::time::Duration;
#[test]
fn probe() {
    for adapter in ADAPTERS {
        let r = Setup::standard().start(adapter);
        let q = Draft::new().standard();
        let len = q.body().len();
        let chunked = format!("{len:x}\r\n{}\r\n0\r\n\r\n", String::from_utf8_lossy(q.body()));
        for lines in [vec![format!("Content-Length: {len}"), "Transfer-Encoding: chunked".into()], vec!["Transfer-Encoding: chunked".to_string(), format!("Content-Length: {len}")], vec!["Transfer-Encoding: chunked, chunked".to_string()]] {
            let mut c = r.connect();
            let l: Vec<&str> = lines.iter().map(|s| s.as_str()).collect();
            let mut b = q.head(&l); b.extend_from_slice(chunked.as_bytes());
            c.send(&b);
            let a = c.read(Duration::from_secs(3));
            println!("{adapter:?} {lines:?}: {a:?} closed: {}", c.is_closed_within(Duration::from_secs(1)));
        }
        for (n, q) in [("missing", Draft::new().unsigned_standard()), ("mismatch", Draft::new().standard_with(Draft::new().v1(b"x"))), ("405", Draft::new().standard().method("PUT"))] {
            let mut c = r.connect();
            c.send(&q.bytes());
            let a = c.read(Duration::from_secs(3));
            println!("{adapter:?} {n}: {a:?} closed: {}", c.is_closed_within(Duration::from_secs(1)));
        }
    }
    let mut counts = std::collections::HashMap::<String, usize>::new();
    let row = rows::all().into_iter().find(|r| r.id == "A-079").unwrap();
    println!("{:?}", row.judge(Adapter::Actix));
    for e in journal::of("") { *counts.entry(format!("{} {}", e.target, e.message)).or_default() += 1; }
    println!("{counts:#?}");
}

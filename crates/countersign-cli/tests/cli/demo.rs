//! `demo`

use crate::common::run;

#[test]
fn every_verdict_is_right() {
    let ran = run(&["demo", "--json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    let objects = ran.objects();
    let (summary, rows) = objects.split_last().unwrap();
    assert_eq!((&summary["rows"], &summary["wrong"]), (&rows.len().into(), &0.into()));
    assert!(rows.iter().all(|row| row["ok"] == true));

    let with = |why: &str| rows.iter().filter(|row| row["why"].as_array().unwrap().contains(&why.into())).count();
    for why in
        ["handled", "duplicate", "signature_mismatch", "stale", "from_the_future", "key_expired", "body_too_large"]
    {
        assert!(with(why) > 0, "no row shows {why}");
    }
    assert_eq!(with("no_such_reason"), 0);
}

#[test]
fn people_get_an_aligned_table() {
    let ran = run(&["demo"]);
    assert_eq!(ran.status, 0);
    let (title, rest) = ran.stdout.split_once('\n').unwrap();
    let column = title.find("VERDICT").unwrap();
    let rows: Vec<&str> = rest.lines().take_while(|line| !line.is_empty()).collect();
    assert!(rows.len() > 30);
    for row in rows {
        assert_eq!(row.chars().skip(column).collect::<String>(), "ok", "{row}");
    }
}

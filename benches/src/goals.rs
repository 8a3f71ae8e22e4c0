//! The goals, each beside what was measured. A goal whose part did not run is left out.

use serde_json::Value;

/// A goal in words, its bound, what was measured, and whether the one is within the other.
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) goal: String,
    pub(crate) measured: String,
    pub(crate) holds: bool,
}

enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

use Bound::{AtLeast, AtMost};

/// Every goal that `results` say something of.
pub(crate) fn table(results: &Value) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut goal = |what: &str, bound: Bound, unit: &str, measured: Option<f64>| {
        let Some(measured) = measured else { return };
        let (sign, limit, holds) = match bound {
            AtMost(limit) => ("≤", limit, measured <= limit),
            AtLeast(limit) => ("≥", limit, measured >= limit),
        };
        let row = Row {
            what: what.to_owned(),
            goal: format!("{sign} {limit}{unit}"),
            measured: format!("{}{unit}", (measured * 1e3).round() / 1e3),
            holds,
        };
        rows.push(row);
    };
    let verify = Verify(&results["verify"]);
    goal("verification at 64 B, beside the bare hash", AtMost(1.5), "×", verify.to_bare(64..=64));
    goal("at 1 KiB", AtMost(1.12), "×", verify.to_bare(1_024..=1_024));
    goal("at 16 KiB and more", AtMost(1.02), "×", verify.to_bare(16_384..=u64::MAX));
    for peer in ["standardwebhooks", "svix"] {
        goal(&format!("faster than {peer}, to 1 KiB"), AtLeast(6.0), "×", verify.faster_than(peer, 1_024));
        goal(&format!("faster than {peer}, to 1 MiB"), AtLeast(5.5), "×", verify.faster_than(peer, u64::MAX));
    }
    goal("two secrets beside one, at 1 KiB", AtMost(1.05), "×", verify.two_secrets());
    goal("allocations from headers to verdict, accepted or refused", AtMost(0.0), "", verify.allocations());
    goal("instructions at 1 KiB", AtMost(4_500.0), "", verify.instructions());
    for case in ["forged", "stale", "unsigned", "malformed"] {
        let what = format!("refusing what is {case}, beside accepting it");
        goal(&what, AtMost(1.0), "×", verify.refusal(case, 64..=u64::MAX));
    }
    for case in ["unsigned", "malformed"] {
        goal(&format!("the same at 64 KiB, {case}"), AtMost(0.1), "×", verify.refusal(case, 65_536..=65_536));
    }
    let http = |stack: &str, bytes: u64, name: &str| {
        let mut servers = results["http"]["servers"].as_array()?.iter();
        servers.find(|row| row["framework"] == "axum" && row["stack"] == stack && row["bytes"] == bytes)?[name].as_f64()
    };
    for (bytes, size, limit) in [(1_024, "1 KiB", 1.3), (65_536, "64 KiB", 1.15), (1_048_576, "1 MiB", 1.25)] {
        let what = format!("CPU added to axum at {size}, in hashes of the body");
        goal(&what, AtMost(limit), "×", http("countersign", bytes, "added_hashes"));
    }
    let claiming = "countersign, claims in memory";
    goal("CPU of the whole receiver at 1 KiB, beside bare axum", AtMost(1.2), "×", http(claiming, 1_024, "to_bare"));
    let added = |stack| Some(http(stack, 1_024, "allocations")? - http("bare", 1_024, "allocations")?);
    goal("allocations a request beyond bare axum, verifying", AtMost(0.0), "", added("countersign"));
    goal("allocations a request beyond bare axum, claiming too", AtMost(4.0), "", added(claiming));
    let uploads = || {
        let servers = results["uploads"]["servers"].as_array()?.iter();
        let ours = servers.filter(|row| row["stack"] == "countersign");
        ours.map(|row| row["beyond"].as_f64()).try_fold(f64::MIN, |most, beyond| Some(most.max(beyond? / 1_024.0)))
    };
    goal("memory of an upload that never ends, beyond what arrived", AtMost(64.0), " KiB", uploads());
    let tree = |what: &str, name: &str| {
        results["trees"]["trees"].as_array()?.iter().find(|row| row["what"] == what)?[name].as_f64()
    };
    goal("crates of the verifying core", AtMost(20.0), "", tree("countersign, verification only", "crates"));
    for what in ["verifying", "claims in memory"] {
        let beyond = tree(&format!("axum and countersign-tower, {what}"), "beyond_axum");
        goal(&format!("crates of the axum receiver beyond axum's own, {what}"), AtMost(25.0), "", beyond);
    }
    let build = results["trees"]["cold_builds"]["wall_ratio"].as_f64();
    goal("cold build of the axum receiver, beside bare axum", AtMost(1.3), "×", build);
    let growth = |name: &str| {
        let rows = results["scaling"][name].as_array()?;
        let nanos = rows.iter().map(|row| row["nanos"].as_object()?.values().next()?.as_f64());
        let nanos = nanos.collect::<Option<Vec<f64>>>()?;
        Some(nanos.iter().copied().fold(f64::MIN, f64::max) / nanos.first()?)
    };
    let slope = || match &results["scaling"]["body"].as_array()?[..] {
        [.., before, last] => {
            let step = |name: &str| Some(last["nanos"][name].as_f64()? - before["nanos"][name].as_f64()?);
            Some(step("countersign")? / step("bare hmac + sha2")?)
        }
        _ => None,
    };
    goal("each further byte, beside the bare hash", AtMost(1.02), "×", slope());
    goal("a claim among the most live records, beside the fewest", AtMost(2.0), "×", growth("records"));
    goal("verification among 10,000 endpoints, beside one", AtMost(2.0), "×", growth("endpoints"));
    goal("verification with 16 keys, beside one", AtMost(1.05), "×", growth("keys"));
    rows
}

/// What was measured of one verification.
struct Verify<'a>(&'a Value);

type Sizes = std::ops::RangeInclusive<u64>;

impl Verify<'_> {
    fn of(&self, contender: &str, sizes: Sizes, name: &str) -> Option<Vec<f64>> {
        let rows = self.0["valid"].as_array()?.iter();
        let rows = rows.filter(|row| row["way"] == "Standard Webhooks" && row["contender"] == contender);
        let rows = rows.filter(|row| row["bytes"].as_u64().is_some_and(|bytes| sizes.contains(&bytes)));
        let found: Vec<f64> = rows.filter_map(|row| row[name].as_f64()).collect();
        (!found.is_empty()).then_some(found)
    }

    fn to_bare(&self, sizes: Sizes) -> Option<f64> {
        self.of("countersign", sizes, "to_bare").map(most)
    }

    fn faster_than(&self, peer: &str, up_to: u64) -> Option<f64> {
        let (theirs, ours) = (self.of(peer, 0..=up_to, "to_bare")?, self.of("countersign", 0..=up_to, "to_bare")?);
        theirs.iter().zip(ours).map(|(theirs, ours)| theirs / ours).reduce(f64::min)
    }

    fn two_secrets(&self) -> Option<f64> {
        let [two, one] =
            ["countersign, two secrets", "countersign"].map(|name| self.of(name, 1_024..=1_024, "to_bare"));
        Some(most(two?) / most(one?))
    }

    fn instructions(&self) -> Option<f64> {
        self.of("countersign", 1_024..=1_024, "instructions").map(most)
    }

    fn allocations(&self) -> Option<f64> {
        let refused =
            self.cases().flat_map(|(_, cases)| cases.values().filter_map(|cell| cell["allocations"].as_f64()));
        Some(most(self.of("countersign", 0..=u64::MAX, "allocations")?.into_iter().chain(refused).collect()))
    }

    fn refusal(&self, case: &str, sizes: Sizes) -> Option<f64> {
        let cases = self.cases().filter(|(bytes, _)| sizes.contains(bytes));
        cases.filter_map(|(_, cases)| cases[case]["to_valid"].as_f64()).reduce(f64::max)
    }

    fn cases(&self) -> impl Iterator<Item = (u64, &serde_json::Map<String, Value>)> {
        let rows = self.0["refusals"].as_array().into_iter().flatten();
        rows.filter_map(|row| Some((row["bytes"].as_u64()?, row["cases"].as_object()?)))
    }
}

fn most(values: Vec<f64>) -> f64 {
    values.into_iter().fold(f64::MIN, f64::max)
}

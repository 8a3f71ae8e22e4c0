//! Random input that looks like real input: seeds of a corpus, broken in the ways a fuzzer breaks them. One seed number
//! gives one sequence.

/// An endless sequence of inputs.
pub(crate) struct Inputs<'s> {
    seeds: &'s [Vec<u8>],
    state: u64,
}

/// Texts that grammars turn on.
const WORDS: [&[u8]; 24] = [
    b"{sig}",
    b"{old}",
    b"v1,",
    b"v1=",
    b"v0=",
    b"t=",
    b"ts=",
    b"h1=",
    b"sha256=",
    b",",
    b";",
    b" ",
    b".",
    b":",
    b"=",
    b"0",
    b"+",
    b"-1",
    b"99999999999",
    b"18446744073709551616",
    b"\r\n",
    b"\n",
    b"\0",
    b"Connection: ",
];

/// The longest input. Longer ones only take longer.
const LONGEST: usize = 4_096;

impl<'s> Inputs<'s> {
    pub(crate) fn new(seeds: &'s [Vec<u8>], number: u64) -> Self {
        Self { seeds, state: number }
    }

    /// SplitMix64: small, well spread, and the same everywhere.
    fn number(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(bound.max(1)).unwrap_or(1)).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.number().to_be_bytes()[0]
    }

    fn seed(&mut self) -> Vec<u8> {
        let index = self.below(self.seeds.len());
        self.seeds.get(index).cloned().unwrap_or_default()
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        match self.below(7) {
            0 => {
                let bit = self.below(8);
                input.get_mut(at).into_iter().for_each(|byte| *byte ^= 1 << bit);
            }
            1 => input.insert(at, self.byte()),
            2 => {
                let end = (at + 1 + self.below(8)).min(input.len());
                input.drain(at..end);
            }
            3 => {
                let word = WORDS[self.below(WORDS.len())];
                input.splice(at..at, word.iter().copied());
            }
            4 => {
                let end = (at + self.below(32)).min(input.len());
                let again = input[at..end].to_vec();
                input.splice(at..at, again);
            }
            5 => {
                let other = self.seed();
                let from = self.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ => {
                let value = self.byte();
                input.get_mut(at).into_iter().for_each(|byte| *byte = value);
            }
        }
    }
}

impl Iterator for Inputs<'_> {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let mut input = if self.below(8) == 0 {
            let length = self.below(256);
            (0..length).map(|_| self.byte()).collect()
        } else {
            self.seed()
        };
        for _ in 0..self.below(6) {
            self.change(&mut input);
        }
        input.truncate(LONGEST);
        Some(input)
    }
}

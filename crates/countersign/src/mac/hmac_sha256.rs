//! HMAC-SHA256 (RFC 2104) on the compression function of `sha2`: what most deliveries are signed with.
//!
//! The `hmac` crate copies, buffers and wipes two whole hashers for each message, which costs as much as two blocks of
//! it. Here a key is two states, and a message needs one more. Tests hold it to the `hmac` crate's results.

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

/// A key: the states behind its two padded blocks.
#[derive(Clone)]
pub(crate) struct Key {
    inner: [u32; 8],
    outer: [u32; 8],
}

/// A MAC over the part of the message seen so far.
pub(crate) struct Running {
    hash: Hash,
    outer: [u32; 8],
}

/// A hash behind one block, which is not kept.
struct Hash {
    state: [u32; 8],
    /// What does not fill a block yet.
    block: [u8; BLOCK],
    filled: usize,
    /// The bytes so far, the first block included.
    length: usize,
}

const BLOCK: usize = 64;

/// Where the length stands in the last block.
const LENGTH_AT: usize = BLOCK - 8;

/// The block of the outer hash: room for a digest, then its padding.
const OUTER_BLOCK: [u8; BLOCK] = {
    let mut block = [0; BLOCK];
    block[32] = 0x80;
    // The padded key's block and a digest are 768 bits.
    block[BLOCK - 2] = 3;
    block
};

/// FIPS 180-4, section 5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

impl Key {
    pub(super) fn new(key: &[u8]) -> Self {
        let hashed = Zeroizing::new(<[u8; 32]>::from(Sha256::digest(key)));
        let key = if key.len() > BLOCK { &hashed[..] } else { key };
        let behind = |pad: u8| {
            let mut block = Zeroizing::new([pad; BLOCK]);
            block.iter_mut().zip(key).for_each(|(padded, byte)| *padded ^= byte);
            let mut state = INITIAL;
            compress256(&mut state, core::slice::from_ref(&block));
            state
        };
        Self { inner: behind(0x36), outer: behind(0x5c) }
    }

    /// The MAC over these pieces in a row.
    #[inline]
    pub(super) fn mac(&self, pieces: [&[u8]; 3]) -> [u8; 32] {
        match self.mac_of_whole(pieces) {
            Some(tag) => tag,
            None => {
                let mut running = self.begin();
                pieces.into_iter().for_each(|piece| running.update(piece));
                running.finish()
            }
        }
    }

    /// The same for a message that is all there: something short before a body, if anything, and nothing behind it.
    ///
    /// Blocks that are put together of pieces are so before the body between them is hashed. What was just written in
    /// pieces and is read back at once, as one, makes the processor wait.
    #[inline]
    fn mac_of_whole(&self, [before, body, after]: [&[u8]; 3]) -> Option<[u8; 32]> {
        let mut first = [0; BLOCK];
        let (start, room) = first.split_at_mut_checked(before.len())?;
        let (fitting, rest) = body.split_at_checked(room.len())?;
        if !after.is_empty() {
            return None;
        }
        start.copy_from_slice(before);
        room.copy_from_slice(fitting);
        let (blocks, tail) = rest.as_chunks();
        let last = Padded::new(tail, BLOCK.wrapping_add(before.len()).wrapping_add(body.len()));
        let mut state = self.inner;
        compress256(&mut state, core::slice::from_ref(&first));
        compress256(&mut state, blocks);
        compress256(&mut state, last.blocks());
        Some(outer(self.outer, state))
    }

    pub(super) fn begin(&self) -> Running {
        Running { hash: Hash::behind(self.inner), outer: self.outer }
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

impl Running {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    pub(super) fn finish(self) -> [u8; 32] {
        outer(self.outer, self.hash.finish())
    }
}

/// The outer hash: over one block, the inner digest and its padding.
#[inline]
fn outer(mut outer: [u32; 8], inner: [u32; 8]) -> [u8; 32] {
    let mut block = OUTER_BLOCK;
    if let Some(room) = block.first_chunk_mut() {
        *room = in_bytes(inner);
    }
    compress256(&mut outer, core::slice::from_ref(&block));
    in_bytes(outer)
}

#[inline]
fn in_bytes(state: [u32; 8]) -> [u8; 32] {
    let mut digest = [0; 32];
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    digest
}

/// The end of a message: what fills no block, a one, zeros and the length in bits (FIPS 180-4, section 5.1.1). One block or
/// two.
struct Padded {
    blocks: [[u8; BLOCK]; 2],
    is_long: bool,
}

impl Padded {
    #[inline]
    fn new(tail: &[u8], length: usize) -> Self {
        let bits = u64::try_from(length).unwrap_or(u64::MAX).wrapping_mul(8);
        let mut blocks = [[0; BLOCK]; 2];
        let is_long = tail.len() >= LENGTH_AT;
        if let Some((room, [one, ..])) = blocks.as_flattened_mut().split_at_mut_checked(tail.len()) {
            room.copy_from_slice(tail);
            *one = 0x80;
        }
        if let Some(end) = blocks.get_mut(usize::from(is_long)).and_then(|last| last.last_chunk_mut()) {
            *end = bits.to_be_bytes();
        }
        Self { blocks, is_long }
    }

    #[inline]
    fn blocks(&self) -> &[[u8; BLOCK]] {
        let [first, _] = &self.blocks;
        if self.is_long { &self.blocks } else { core::slice::from_ref(first) }
    }
}

impl Hash {
    #[inline]
    fn behind(state: [u32; 8]) -> Self {
        Self { state, block: [0; BLOCK], filled: 0, length: BLOCK }
    }

    #[inline]
    fn update(&mut self, mut bytes: &[u8]) {
        self.length = self.length.wrapping_add(bytes.len());
        if self.filled > 0 {
            let room = self.block.get_mut(self.filled..).unwrap_or_default();
            let (fitting, rest) = bytes.split_at(bytes.len().min(room.len()));
            if let Some(room) = room.get_mut(..fitting.len()) {
                room.copy_from_slice(fitting);
            }
            self.filled = self.filled.wrapping_add(fitting.len());
            if self.filled < BLOCK {
                return;
            }
            compress256(&mut self.state, core::slice::from_ref(&self.block));
            self.filled = 0;
            bytes = rest;
        }
        let (blocks, rest) = bytes.as_chunks();
        if !blocks.is_empty() {
            compress256(&mut self.state, blocks);
        }
        if let Some(room) = self.block.get_mut(..rest.len()) {
            room.copy_from_slice(rest);
            self.filled = rest.len();
        }
    }

    #[inline]
    fn finish(mut self) -> [u32; 8] {
        let tail = self.block.get(..self.filled).unwrap_or_default();
        compress256(&mut self.state, Padded::new(tail, self.length).blocks());
        self.state
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};

    use super::*;

    fn reference(key: &[u8], message: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    fn bytes(length: usize, seed: usize) -> Vec<u8> {
        (0..length).map(|index| (index.wrapping_mul(131).wrapping_add(seed) >> 1) as u8).collect()
    }

    /// RFC 4231, test cases 1, 2 and 6.
    #[test]
    fn makes_the_published_macs() {
        let cases: [(&[u8], &[u8], &str); 3] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            (
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First",
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            ),
        ];
        for (key, message, tag) in cases {
            let made = Key::new(key).mac([message, b"", b""]);
            assert_eq!(data_encoding::HEXLOWER.encode(&made), tag);
        }
    }

    #[test]
    fn agrees_with_the_hmac_crate_at_every_length_and_split() {
        for length in 0..=260 {
            let message = bytes(length, length);
            let raw = bytes(length % 140, 7);
            let (key, expected) = (Key::new(&raw), reference(&raw, &message));
            for first in [0, 1, 40, 63, 64, 65, 100, length].map(|first: usize| first.min(length)) {
                for second in [first, first + 1, first + 24, first + 64, length].map(|second| second.min(length)) {
                    let pieces = [&message[..first], &message[first..second], &message[second..]];
                    assert_eq!(key.mac(pieces), expected, "{length} {first} {second}");
                }
            }
            for step in [1, 3, 55, 64, 130] {
                let mut running = key.begin();
                message.chunks(step).for_each(|chunk| running.update(chunk));
                assert_eq!(running.finish(), expected, "{length} {step}");
            }
        }
    }
}

//! A few bytes kept without the heap where they are as few as usual.

/// Bytes kept inline up to [`INLINE`], and on the heap beyond.
#[derive(Clone)]
pub(crate) enum ShortBytes {
    Inline { bytes: [u8; INLINE], len: u8 },
    Long(Vec<u8>),
}

/// Room for a digest in hex as an id, a time and what stands between them: what verification keeps of ordinary requests
/// is never allocated.
const INLINE: usize = 78;

impl ShortBytes {
    pub(crate) const EMPTY: Self = Self::Inline { bytes: [0; INLINE], len: 0 };

    #[inline]
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut short = Self::EMPTY;
        short.extend(bytes);
        short
    }

    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        match self {
            Self::Inline { bytes, len } if usize::from(*len) < INLINE => {
                if let Some(room) = bytes.get_mut(usize::from(*len)) {
                    *room = byte;
                }
                *len = len.saturating_add(1);
            }
            _ => self.extend(&[byte]),
        }
    }

    #[inline]
    pub(crate) fn extend(&mut self, more: &[u8]) {
        match self {
            Self::Inline { bytes, len } => {
                let room = bytes.get_mut(usize::from(*len)..).and_then(|room| room.get_mut(..more.len()));
                match (room, u8::try_from(more.len())) {
                    (Some(room), Ok(added)) => {
                        room.copy_from_slice(more);
                        *len = len.saturating_add(added);
                    }
                    _ => *self = Self::Long([self.as_slice(), more].concat()),
                }
            }
            Self::Long(bytes) => bytes.extend_from_slice(more),
        }
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Inline { bytes, len } => bytes.get(..usize::from(*len)).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_put_in_wherever_it_is_kept() {
        let text: Vec<u8> = (0..=255).collect();
        for step in [1, 7, INLINE, INLINE + 1, 200] {
            let mut kept = ShortBytes::EMPTY;
            text.chunks(step).for_each(|chunk| match chunk {
                [byte] => kept.push(*byte),
                chunk => kept.extend(chunk),
            });
            assert_eq!(kept.as_slice(), text, "{step}");
        }
        assert!(matches!(ShortBytes::new(&text[..INLINE]), ShortBytes::Inline { .. }));
    }
}

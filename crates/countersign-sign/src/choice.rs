//! Which scheme signs a delivery, where a provider has several.

use countersign::Syntax;

use crate::draft::Draft;
use crate::error::SignError;
use crate::fill::fill;
use crate::signer::SchemeKeys;
use crate::unsigned::Unsigned;

/// The schemes that sign, and the delivery as the first of them has it filled in.
pub(crate) struct Choice {
    pub(crate) schemes: Vec<SchemeKeys>,
    pub(crate) unsigned: Unsigned,
}

impl Choice {
    /// The first scheme, in the provider's order or of the name that was asked for, that the delivery fits; and those
    /// beside it in the same place, where that holds signatures of several.
    ///
    /// # Errors
    ///
    /// Why the first scheme does not sign, or whatever another one could not mend either.
    pub(crate) fn of(draft: &Draft) -> Result<Self, SignError> {
        let mut first_problem = None;
        for scheme in Self::candidates(draft)? {
            match Self::led_by(draft, scheme) {
                Ok(choice) => return Ok(choice),
                Err(problem) if problem.is_of_scheme() => first_problem = first_problem.or(Some(problem)),
                Err(problem) => return Err(problem),
            }
        }
        Err(first_problem.unwrap_or_else(|| SignError::NoKeyForScheme { name: String::new() }))
    }

    fn candidates(draft: &Draft) -> Result<Vec<&SchemeKeys>, SignError> {
        let signer = &*draft.signer;
        let Some(name) = &draft.scheme else { return Ok(signer.schemes.iter().collect()) };
        let named: Vec<_> = signer.schemes.iter().filter(|scheme| scheme.scheme.name == *name).collect();
        let all = &signer.provider.schemes;
        match all.iter().any(|scheme| scheme.name == *name) {
            _ if !named.is_empty() => Ok(named),
            true => Err(SignError::NoKeyForScheme { name: name.clone() }),
            false => {
                let mut names: Vec<String> = all.iter().map(|scheme| format!("`{}`", scheme.name)).collect();
                names.dedup();
                let known = if names == ["``"] { "one without a name".to_owned() } else { names.join(", ") };
                Err(SignError::NoSuchScheme { name: name.clone(), known })
            }
        }
    }

    fn led_by(draft: &Draft, lead: &SchemeKeys) -> Result<Self, SignError> {
        let unsigned = fill(draft, lead)?;
        for item in unsigned.items(lead)? {
            unsigned.message(lead, &item)?;
        }
        let named = |scheme: &&SchemeKeys| draft.scheme.as_ref().is_none_or(|name| scheme.scheme.name == *name);
        let beside = |scheme: &&SchemeKeys| {
            scheme.place == lead.place
                && separators(&scheme.scheme.signature.syntax) == separators(&lead.scheme.signature.syntax)
                && scheme.scheme.require == lead.scheme.require
                && scheme.scheme.each == lead.scheme.each
                && unsigned.message(scheme, "").is_ok()
        };
        let has_room = separators(&lead.scheme.signature.syntax)[0].is_some();
        let schemes = if has_room {
            draft.signer.schemes.iter().filter(named).filter(beside).cloned().collect()
        } else {
            vec![lead.clone()]
        };
        Ok(Self { schemes, unsigned })
    }

    /// The first of its schemes.
    pub(crate) fn lead(&self) -> Option<&SchemeKeys> {
        self.schemes.first()
    }
}

/// What parts the entries of a place. Schemes that agree on it can share one.
fn separators(syntax: &Syntax) -> [Option<char>; 2] {
    match syntax {
        Syntax::List { separator, .. } => [Some(*separator), None],
        Syntax::Pairs { separator, assign, .. } => [Some(*separator), Some(*assign)],
        _ => [None, None],
    }
}

//! The paths of endpoints, checked before axum sees them: it has no way to refuse one but to panic.

use matchit::{InsertError, Router};

/// Checks that every path can be routed, and that no two meet. The matcher is the one that axum routes with.
pub(super) fn check<'p>(paths: impl Iterator<Item = &'p str>) -> Result<(), String> {
    let mut router = Router::new();
    for path in paths {
        // The syntax of earlier axum, which the matcher takes for literal text and axum refuses.
        let is_old = path.split('/').any(|segment| segment.starts_with([':', '*']));
        let routed = if path.starts_with('/') && !is_old { router.insert(path, ()).map_err(Some) } else { Err(None) };
        routed.map_err(|problem| match problem {
            Some(InsertError::Conflict { with }) => {
                format!("path `{path}`: the endpoint at `{with}` receives there too; paths must differ")
            }
            _ => {
                format!("path `{path}`: it must be one such as /hooks/stripe, /hooks/{{tenant}} or /hooks/{{*rest}}")
            }
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use axum::routing::any;

    use super::*;

    /// Routes all the paths, which panics where the router refuses one.
    fn route(paths: &[&str]) {
        let routed = |router: axum::Router, path: &&str| router.route(path, any(async || ()));
        drop(paths.iter().fold(axum::Router::new(), routed));
    }

    #[test]
    fn takes_what_the_router_takes() {
        let sets: [&[&str]; 4] = [
            &["/"],
            &["/hooks", "/hooks/", "/hooks/stripe", "/hooks/{tenant}", "/hooks/{tenant}/in"],
            &["/{*rest}", "/hooks/{*rest}"],
            &["/hooks/{tenant}", "/hooks/{other}/in"],
        ];
        for paths in sets {
            assert_eq!(check(paths.iter().copied()), Ok(()), "{paths:?}");
            route(paths);
        }
    }

    #[test]
    fn refuses_what_the_router_would_panic_over() {
        let sets: [&[&str]; 9] = [
            &[""],
            &["hooks"],
            &["/:tenant"],
            &["/*rest"],
            &["/{*rest}/in"],
            &["/{}"],
            &["/hooks", "/hooks"],
            &["/hooks/{one}", "/hooks/{other}"],
            &["/hooks/{tenant}", "/hooks/{*rest}"],
        ];
        for paths in sets {
            assert!(check(paths.iter().copied()).is_err(), "{paths:?}");
            assert!(std::panic::catch_unwind(|| route(paths)).is_err(), "{paths:?} is no control");
        }
    }
}

//! The paths of endpoints, checked before the router sees them: it has no way to refuse one but to panic.

/// Checks that every path can be routed, and that no two meet.
pub(super) fn check<'p>(paths: impl Iterator<Item = &'p str>) -> Result<(), String> {
    let mut shapes: Vec<Vec<Segment<'p>>> = Vec::new();
    for path in paths {
        let shape = shape(path).ok_or_else(|| {
            format!("path `{path}`: it must be a path such as /hooks/stripe, /hooks/{{tenant}} or /hooks/{{*rest}}")
        })?;
        if shapes.contains(&shape) {
            return Err(format!("path `{path}`: another endpoint receives there; paths must differ"));
        }
        shapes.push(shape);
    }
    Ok(())
}

#[derive(PartialEq, Eq)]
enum Segment<'p> {
    Literal(&'p str),
    /// `{name}`
    Any,
    /// `{*name}`, in the last place
    Rest,
}

fn shape(path: &str) -> Option<Vec<Segment<'_>>> {
    let segments: Option<Vec<Segment<'_>>> = path.strip_prefix('/')?.split('/').map(segment).collect();
    let segments = segments?;
    let last = segments.len().checked_sub(1)?;
    let rest = segments.iter().position(|segment| *segment == Segment::Rest);
    rest.is_none_or(|rest| rest == last).then_some(segments)
}

fn segment(text: &str) -> Option<Segment<'_>> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let is_literal = |byte: u8| byte.is_ascii_graphic() && !b"{}?#".contains(&byte);
    match text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) {
        Some(inner) => match inner.strip_prefix('*') {
            Some(name) => is_name(name).then_some(Segment::Rest),
            None => is_name(inner).then_some(Segment::Any),
        },
        None => (!text.starts_with([':', '*']) && text.bytes().all(is_literal)).then_some(Segment::Literal(text)),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::any;

    use super::*;

    /// Routes all the paths, which panics where the router refuses one.
    fn route(paths: &[&str]) {
        let router = |router: Router, path: &&str| router.route(path, any(async || ()));
        drop(paths.iter().fold(Router::new(), router));
    }

    #[test]
    fn takes_what_the_router_takes() {
        let sets: [&[&str]; 4] = [
            &["/"],
            &["/hooks", "/hooks/", "/hooks/stripe", "/hooks/{tenant}", "/hooks/{tenant}/in"],
            &["/{*rest}", "/hooks/{*rest}"],
            &["/hooks/{tenant}", "/hooks/{*rest}", "/hooks/{other}/in"],
        ];
        for paths in sets {
            assert_eq!(check(paths.iter().copied()), Ok(()), "{paths:?}");
            route(paths);
        }
    }

    #[test]
    fn refuses_what_the_router_would_panic_over() {
        let sets: [&[&str]; 8] = [
            &[""],
            &["hooks"],
            &["/:tenant"],
            &["/*rest"],
            &["/{*rest}/in"],
            &["/{}"],
            &["/hooks", "/hooks"],
            &["/hooks/{one}", "/hooks/{other}"],
        ];
        for paths in sets {
            assert!(check(paths.iter().copied()).is_err(), "{paths:?}");
            assert!(std::panic::catch_unwind(|| route(paths)).is_err(), "{paths:?} is no control");
        }
    }
}

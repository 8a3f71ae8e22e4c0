//! As much of JSON Schema (draft 2020-12) as the pack's schema uses. A keyword that is not known here fails the test, so
//! that nothing is written there which is not held. A whole validator would bring some sixty crates for these.

use std::path::Path;

use serde_json::Value;

pub(super) struct Schema(Value);

impl Schema {
    pub(super) fn read(path: &Path) -> Self {
        Self(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    }

    /// What is wrong with a file, each with its place and the keyword that it breaks.
    pub(super) fn problems(&self, file: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        self.check(&self.0, file, "", &mut problems);
        problems
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
        for (keyword, rule) in schema.as_object().unwrap() {
            let mut wrong = |what: String| problems.push(format!("{at}: {keyword}: {what}"));
            match keyword.as_str() {
                "$schema" | "$id" | "$defs" | "title" | "description" | "properties" | "then" => {}
                // Held by `is_base64`.
                "contentEncoding" => assert_eq!(rule, "base64"),
                "type" => {
                    let types = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                    if !types.iter().any(|name| is_of_type(value, name.as_str().unwrap())) {
                        wrong(format!("{value} is not of type {rule}"));
                    }
                }
                "enum" if !rule.as_array().unwrap().contains(value) => wrong(format!("{value} is none of {rule}")),
                "const" if rule != value => wrong(format!("{value} is not {rule}")),
                "minLength" if value.as_str().is_some_and(|text| text.len() < count(rule)) => wrong("too short".into()),
                "minimum" if value.as_f64().is_some_and(|number| number < rule.as_f64().unwrap()) => {
                    wrong(format!("{value} is less than {rule}"));
                }
                "minItems" if value.as_array().is_some_and(|items| items.len() < count(rule)) => {
                    wrong("too few".into())
                }
                "maxItems" if value.as_array().is_some_and(|items| items.len() > count(rule)) => {
                    wrong("too many".into())
                }
                "enum" | "const" | "minLength" | "minimum" | "minItems" | "maxItems" => {}
                "required" => {
                    for name in rule.as_array().unwrap().iter().filter_map(Value::as_str) {
                        if value.is_object() && value.get(name).is_none() {
                            wrong(format!("{name} is not there"));
                        }
                    }
                }
                "additionalProperties" => {
                    for (name, member) in value.as_object().into_iter().flatten() {
                        match schema["properties"].get(name) {
                            Some(_) => {}
                            None if rule == false => problems.push(format!("{at}/{name}: unknown")),
                            None => self.check(rule, member, &format!("{at}/{name}"), problems),
                        }
                    }
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(rule, item, &format!("{at}/{index}"), problems);
                    }
                }
                "$ref" => {
                    let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                    self.check(self.0.pointer(pointer).unwrap(), value, at, problems);
                }
                "anyOf" => {
                    let holds = |schema: &Value| self.holds(schema, value, at);
                    if !rule.as_array().unwrap().iter().any(holds) {
                        wrong("none holds; of them one is required".into());
                    }
                }
                "if" if self.holds(rule, value, at) => self.check(&schema["then"], value, at, problems),
                "if" => {}
                keyword => panic!("the keyword `{keyword}` is not known here; add it, or do without"),
            }
        }
        for (name, rule) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(member) = value.get(name) {
                self.check(rule, member, &format!("{at}/{name}"), problems);
            }
        }
    }

    fn holds(&self, schema: &Value, value: &Value, at: &str) -> bool {
        let mut problems = Vec::new();
        self.check(schema, value, at, &mut problems);
        problems.is_empty()
    }
}

/// Standard alphabet, padded.
pub(super) fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len().is_multiple_of(4) && text.len() - body.len() <= 2 && body.bytes().all(alphabet)
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "string" => value.is_string(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        name => panic!("the type `{name}` is not known here"),
    }
}

fn count(rule: &Value) -> usize {
    rule.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap()
}

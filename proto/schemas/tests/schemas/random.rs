//! Schemas by chance: whatever is taken ends soon on hostile parameters, and whatever is refused is explained.

use std::time::Instant;

use chandler_schemas::Parameters;
use serde_json::{Map, Value, json};

use crate::bounds::LIMIT;
use crate::chance::{Chance, any_schema};
use crate::{ALL, of, read};

fn bodies() -> Vec<Value> {
    let nested = |inner: Value, wrap: fn(Value) -> Value| (0..100).fold(inner, |inner, _| wrap(inner));
    let wide: Map<String, Value> = (0..15_000).map(|n| (format!("a{n}"), json!("aaa"))).collect();
    vec![
        json!({}),
        json!({"a": 1, "b": [2, {"a": "x"}]}),
        nested(json!({"b": 1}), |inner| json!({"a": inner})),
        nested(json!(7), |inner| json!({"a": inner, "b": {"a": []}})),
        nested(json!("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), |inner| json!([inner, 1])),
        nested(Value::Array(vec![json!({"a": {}}); 20_000]), |inner| json!([inner])),
        nested(json!([]), |inner| json!({"b": [inner]})),
        Value::Object(wide),
    ]
}

#[test]
fn whatever_is_taken_ends_soon() {
    let (bodies, mut chance) = (bodies(), Chance::new(20_260_101));
    let (mut taken, mut recursive, mut refused) = (0, 0, 0);
    for round in 0..600 {
        let draft = ALL[round % ALL.len()];
        let whole = of(draft, any_schema(&mut chance));
        let begun = Instant::now();
        let plan = match read(&whole) {
            Ok(plan) => plan,
            Err(_) => {
                assert!(begun.elapsed() < LIMIT, "reading {whole}");
                refused += 1;
                continue;
            }
        };
        taken += 1;
        recursive += usize::from(whole.to_string().contains("\"$ref\":\"#\""));
        for body in &bodies {
            let begun = Instant::now();
            let checked = plan.check(Parameters::Create, body);
            assert!(begun.elapsed() < LIMIT, "{whole} took {:?}", begun.elapsed());
            if let Err(invalid) = checked {
                let text = invalid.to_string();
                assert!(
                    !invalid.errors().is_empty() && text.chars().count() <= 2000,
                    "{whole}: {text}"
                );
            }
        }
    }
    // So that it goes on testing what it is for.
    assert!(
        taken > 150 && recursive > 20 && refused > 150,
        "{taken} {recursive} {refused}"
    );
}

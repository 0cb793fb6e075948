use super::*;
use crate::answer::Thing;
use chandler_proto::{
    ids::JobId,
    operation::{Operation, OperationString},
    secret::Secret,
};
use http_body_util::BodyExt as _;

async fn sent(answer: impl Into<Answer>) -> (u16, Value, http::HeaderMap) {
    let trail = Trail {
        request: Some("req".into()),
        trace: Some("tra".into()),
    };
    let response = answer.into().response(&trail);
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (
        head.status.as_u16(),
        serde_json::from_slice(&body).unwrap(),
        head.headers,
    )
}

#[tokio::test]
async fn every_refusal_has_its_status_its_code_and_a_description() {
    for (refusal, status, error) in [
        (Refusal::Unauthorized, 401, None),
        (Refusal::BadVersion("x"), 400, None),
        (Refusal::OtherVersion, 412, None),
        (Refusal::Malformed("x".into()), 400, None),
        (Refusal::TooLarge(5), 413, None),
        (Refusal::TooSlow, 408, None),
        (Refusal::NoSuchPath, 404, None),
        (Refusal::NoSuchMethod("GET"), 405, None),
        (Refusal::NotFound("x"), 404, None),
        (Refusal::Conflict(Thing::Instance), 409, None),
        (Refusal::Conflict(Thing::Binding), 409, None),
        (Refusal::RequiresApp, 422, Some("RequiresApp")),
        (Refusal::NoBackupAgent, 422, None),
        (Refusal::Impossible("x".into()), 422, None),
        (Refusal::Busy("x"), 409, None),
        (Refusal::Outdated, 422, None),
        (Refusal::AsyncRequired, 422, Some("AsyncRequired")),
        (Refusal::Concurrency("x"), 422, Some("ConcurrencyError")),
        (Refusal::MaintenanceDiffers, 422, Some("MaintenanceInfoConflict")),
        (Refusal::MaintenanceUnknown, 422, Some("MaintenanceInfoConflict")),
    ] {
        let (got, body, headers) = sent(refusal.clone()).await;
        assert_eq!((got, body["error"].as_str()), (status, error), "{refusal:?}");
        assert!(!body["description"].as_str().unwrap().is_empty(), "{refusal:?}");
        assert_eq!(headers[CONTENT_TYPE], "application/json");
        assert_eq!(headers.contains_key(WWW_AUTHENTICATE), status == 401);
        assert_eq!(headers.get(ALLOW).is_some_and(|allow| allow == "GET"), status == 405);
    }
}

#[tokio::test]
async fn trouble_is_5xx_and_says_how_to_find_the_request() {
    for (trouble, status) in [
        (Trouble::BusAway, 503),
        (Trouble::Uncertain, 503),
        (Trouble::Replaced, 503),
        (Trouble::Incomplete, 503),
        (Trouble::Unusable, 503),
        (Trouble::OutOfTime, 504),
        (Trouble::BindTooSlow, 504),
        (Trouble::UnbindTooSlow, 504),
        (Trouble::Defect, 500),
    ] {
        let (got, body, _) = sent(trouble).await;
        let text = body["description"].as_str().unwrap();
        assert!(text.ends_with("(broker-request-id: req, trace-id: tra)"), "{text}");
        assert_eq!((got, body.get("error")), (status, None));
    }
    assert_eq!(Trail::default().after("x"), "x");
}

#[tokio::test]
async fn what_went_well() {
    let operation = OperationString {
        operation: Operation::Provision,
        job: JobId(uuid::Uuid::from_u128(7)),
        accepted: 42,
    };
    let text = "p.00000000-0000-0000-0000-000000000007.42";
    let (status, body, _) = sent(Answer::Accepted(operation)).await;
    assert_eq!((status, body), (202, json!({ "operation": text })));
    assert!(
        text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)),
        "unreserved in URLs"
    );
    assert_eq!(
        sent(Answer::Gone(Thing::Instance)).await.1,
        json!({"description": "The service instance is gone"})
    );
    let (status, body, _) = sent(Answer::Gone(Thing::Binding)).await;
    assert_eq!(
        (status, body),
        (410, json!({"description": "The service binding is gone"}))
    );
    assert_eq!(sent(Answer::Provisioned { dashboard_url: None }).await.1, json!({}));
    assert_eq!(
        sent(Answer::Provisioned {
            dashboard_url: Some("u".into())
        })
        .await
        .1,
        json!({ "dashboard_url": "u" })
    );
    let operation: OperationString = "u.00000000-0000-0000-0000-000000000001.9".parse().unwrap();
    for (dashboard_url, more) in [
        (None, json!({})),
        (Some("u".to_owned()), json!({ "dashboard_url": "u" })),
    ] {
        let (status, mut body, _) = sent(Answer::Changing {
            operation,
            dashboard_url,
        })
        .await;
        assert_eq!((status, body["operation"].take()), (202, json!(operation.to_string())));
        body.as_object_mut().unwrap().remove("operation");
        assert_eq!(body, more);
    }
    let state = |state| sent(Answer::State(state));
    let (status, body, headers) = state(LastOperation::InProgress {
        description: "d".into(),
        retry_after: 10,
    })
    .await;
    assert_eq!(
        (status, body["state"].as_str(), headers[RETRY_AFTER].to_str().unwrap()),
        (200, Some("in progress"), "10")
    );
    let (_, body, headers) = state(LastOperation::Failed {
        description: "d".into(),
        instance_usable: None,
        update_repeatable: None,
    })
    .await;
    assert_eq!(
        (body, headers.contains_key(RETRY_AFTER)),
        (json!({ "state": "failed", "description": "d" }), false)
    );
    let (_, body, _) = state(LastOperation::Failed {
        description: "d".into(),
        instance_usable: Some(true),
        update_repeatable: Some(false),
    })
    .await;
    assert_eq!(
        (&body["instance_usable"], &body["update_repeatable"]),
        (&json!(true), &json!(false))
    );
}

#[tokio::test]
async fn what_a_platform_waited_for() {
    let json = Secret::new(r#"{"credentials":{"port":5432.0}}"#);
    for (created, status) in [(true, 201), (false, 200)] {
        let answer = Answer::Binding {
            created,
            json: json.clone(),
        };
        assert!(!format!("{answer:?}").contains("5432"), "it doesn't show itself");
        let (got, body, headers) = sent(answer).await;
        assert_eq!((got, body), (status, json!({ "credentials": { "port": 5432.0 } })));
        assert_eq!(headers[CONTENT_TYPE], "application/json");
    }
    assert_eq!(sent(Answer::Unbound).await.1, json!({}));
    for (error, status, code) in [
        (Some(SyncError::RequiresApp), 422, Some("RequiresApp")),
        (Some(SyncError::Gone), 410, None),
        (Some(SyncError::Conflict), 409, None),
        (None, 500, None),
    ] {
        let failure = Failure {
            error,
            ..Failure::new("for people", "for operators")
        };
        let (got, body, _) = sent(Answer::Failed(Box::new(failure))).await;
        assert_eq!(
            (got, body["error"].as_str(), body["description"].as_str()),
            (status, code, Some("for people"))
        );
    }
    let (_, body, _) = sent(Answer::Failed(Box::new(Failure::new("", "x")))).await;
    assert!(!body["description"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn what_operators_asked_for() {
    for (operation, word) in [(Operation::Recreate, "recreate"), (Operation::Upgrade, "upgrade")] {
        let operation = OperationString {
            operation,
            job: JobId(uuid::Uuid::from_u128(7)),
            accepted: 42,
        };
        let (status, body, _) = sent(Answer::Managed(operation)).await;
        let wanted = json!({ "operation": operation.to_string(), "OperationType": word });
        assert_eq!((status, body), (202, wanted));
    }
    let response = Answer::UpToDate.response(&Trail::default());
    assert_eq!(response.status(), 204);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(body.is_empty());
}

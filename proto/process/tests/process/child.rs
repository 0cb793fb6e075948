//! What the other tests start as a process of its own: this test binary again, with a role.

use std::process::exit;
use std::time::Duration;

use chandler_process::{
    EXIT_DRAIN_OVERDUE, LogSettings, Running, StartSettings, TraceContext, refuse_config, start, traces,
};
use tracing::Instrument;

pub(crate) const ROLE: &str = "CHANDLER_TEST_ROLE";
pub(crate) const ADMIN: &str = "CHANDLER_TEST_ADMIN";
pub(crate) const FINISH_MS: &str = "CHANDLER_TEST_FINISH_MS";
pub(crate) const REMOTE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[expect(clippy::disallowed_methods, reason = "the test binary configures its children by it")]
fn var(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[test]
#[ignore = "a process that the other tests start"]
fn child() {
    if let Some(role) = var(ROLE) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        exit(runtime.unwrap().block_on(main(&role)));
    }
}

async fn main(role: &str) -> i32 {
    let log = match LogSettings::from_env() {
        Ok(log) => log,
        Err(findings) => {
            refuse_config(&findings);
            return i32::from(chandler_process::EXIT_CONFIG);
        }
    };
    let admin_addr = var(ADMIN).unwrap_or_else(|| "127.0.0.1:0".to_owned()).parse().unwrap();
    let running = match start(StartSettings {
        name: "chandler-test",
        log,
        admin_addr,
    })
    .await
    {
        Ok(running) => running,
        Err(error) => {
            error.report();
            return i32::from(error.exit_code());
        }
    };
    let limit = if role == "stuck" {
        Duration::from_millis(50)
    } else {
        Duration::from_secs(60)
    };
    let outcome = running.until_drained(work(role, &running), limit).await;
    let finish_ms = var(FINISH_MS).map_or(5_000, |ms| ms.parse().unwrap());
    running.finish(Duration::from_millis(finish_ms)).await;
    if outcome.is_ok() {
        0
    } else {
        i32::from(EXIT_DRAIN_OVERDUE)
    }
}

async fn work(role: &str, running: &Running) {
    match role {
        "serve" => {
            running.health.set("work", Ok(()));
            running.shutdown.cancelled().await;
        }
        // Never ends by itself: by the drain limit, or by a second signal.
        "stuck" | "slow" => {
            running.health.set("work", Ok(()));
            std::future::pending::<()>().await;
        }
        "spans" => spans().await,
        "spans and serve" => {
            spans().await;
            running.shutdown.cancelled().await;
        }
        "lines" => lines(),
        "panic" => {
            let secret = "hunter2".to_owned();
            let fixed = tokio::spawn(async { panic!("a fixed text") }).await;
            let varying = tokio::spawn(async move { panic!("the secret is {secret}") }).await;
            assert!(fixed.is_err() && varying.is_err());
        }
        other => panic!("no such role: {other}"),
    }
}

/// One span under a remote parent, one under that, and one of its own.
async fn spans() {
    let remote = TraceContext {
        traceparent: REMOTE.to_owned(),
        tracestate: Some("vendor=1".to_owned()),
    };
    let operation = tracing::info_span!("operation", job = "j1", turn = tracing::field::Empty);
    assert!(traces::set_parent(&operation, &remote));
    async {
        let here = traces::current().unwrap();
        assert_eq!(here.trace_id(), remote.trace_id());
        assert_ne!(here.traceparent, remote.traceparent);
        assert_eq!(here.tracestate, remote.tracestate);
        tracing::Span::current().record("turn", 7);
        async {
            tokio::task::yield_now().await;
            tracing::info!(step = "deploy", "acting");
            assert_eq!(traces::trace_id_of_current(), remote.trace_id());
        }
        .instrument(tracing::info_span!("turn"))
        .await;
    }
    .instrument(operation)
    .await;
    tracing::debug_span!("too detailed").in_scope(|| {});
    tracing::info_span!("alone").in_scope(|| {
        assert!(traces::trace_id_of_current().is_some());
        assert_ne!(traces::trace_id_of_current(), remote.trace_id());
        tracing::info!("alone");
    });
    assert_eq!(traces::current(), None);
}

fn lines() {
    tracing::info!(
        count = 3_u64,
        good = true,
        ratio = 0.5,
        level = "deep",
        "a \"quoted\"\nline"
    );
    tracing::debug!("detail");
    tracing::info_span!("outer", instance = "i1", which = "outer").in_scope(|| {
        tracing::info_span!("inner", which = "inner").in_scope(|| tracing::warn!(target: "other", "inside"));
    });
}

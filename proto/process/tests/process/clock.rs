//! The clock that tests move.

use std::time::Duration;

use chandler_process::{Clock, ManualClock, SystemClock};

#[tokio::test]
async fn a_manual_clock_wakes_those_whose_time_has_come() {
    let clock = ManualClock::new(1_000);
    let short = tokio::spawn(clock.sleep(Duration::from_secs(1)));
    let long = tokio::spawn(clock.sleep(Duration::from_secs(10)));
    assert_eq!(clock.sleepers(), 2, "they count from the call");
    clock.advance(Duration::from_secs(1));
    short.await.unwrap();
    assert!(!long.is_finished());
    assert_eq!((clock.now_ms(), clock.monotonic()), (2_000, Duration::from_secs(1)));
    clock.advance(Duration::from_secs(9));
    long.await.unwrap();
    assert_eq!(clock.sleepers(), 0);
}

#[tokio::test]
async fn setting_the_wall_clock_wakes_nobody() {
    let clock = ManualClock::new(1_000_000);
    let sleeper = tokio::spawn(clock.sleep(Duration::from_secs(1)));
    clock.set(5);
    assert_eq!((clock.now_ms(), clock.monotonic()), (5, Duration::ZERO));
    clock.set(u64::MAX);
    tokio::task::yield_now().await;
    assert!(!sleeper.is_finished());
    clock.advance(Duration::from_secs(1));
    assert_eq!(clock.now_ms(), u64::MAX, "saturates");
    sleeper.await.unwrap();
}

#[tokio::test]
async fn the_system_clock_goes_forward() {
    let clock = SystemClock::new();
    let (wall, monotonic) = (clock.now_ms(), clock.monotonic());
    assert!(wall > 1_700_000_000_000, "milliseconds, not seconds");
    clock.sleep(Duration::from_millis(3)).await;
    assert!(clock.monotonic() >= monotonic + Duration::from_millis(3));
}

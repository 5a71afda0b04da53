//! Pictures of real runs, short ones, on screens of all sizes.

use std::time::Duration;

use maypole::error::{Error, Kind, Phase};
use maypole::load::{Load, Sample, Snapshot, Turn};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::about::About;
use super::draw::draw;
use super::state::State;

const URL: &str = "http://a-host-with-a-rather-long-name.example.com:8080/with/a/path/that/goes/on?and=a&query=string";

fn about(is_open: bool) -> About {
    let model = if is_open { "open model, 200/s" } else { "closed model" };
    About {
        url: URL.into(),
        model: model.into(),
        connections: 10,
        is_open,
        requests: None,
        duration: Some(Duration::from_secs(10)),
        warm_up: Duration::ZERO,
        cores: 1,
    }
}

/// Looks at a run in which every tenth iteration fails.
fn looks(is_open: bool) -> Vec<Snapshot> {
    let (tell, told) = std::sync::mpsc::channel();
    let load =
        Load::new().users(10).iterations(40).watch(Duration::from_millis(50), move |now| tell.send(now).unwrap());
    let load = if is_open { load.rate(200.0) } else { load };
    let run = load.run(|turn: &mut Turn<'_>| {
        maypole::rt::sleep(Duration::from_millis(5));
        match turn.number() % 10 {
            0 => Err(Error::new(Kind::Timeout, "it took too long").with_phase(Phase::Head)),
            n => Ok(Sample::new().status(if n == 1 { 503 } else { 200 }).bytes(612)),
        }
    });
    run.unwrap();
    told.iter().collect()
}

fn state(is_open: bool) -> State {
    let mut state = State::new(about(is_open));
    looks(is_open).into_iter().for_each(|now| state.look(now));
    state
}

fn picture(state: &State, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame.buffer_mut(), state)).unwrap();
    let lines = terminal.backend().buffer().content().chunks(width.into());
    lines.map(|line| line.iter().map(|cell| cell.symbol()).collect::<String>() + "\n").collect()
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is missing:\n{text}");
    }
}

#[test]
fn q304_all_that_matters_is_on_80_by_24_and_on_more() {
    for is_open in [false, true] {
        let state = state(is_open);
        for (width, height) in [(80, 24), (200, 50)] {
            let text = picture(&state, width, height);
            let figures = ["p50", "p90", "p99", "p99.9", "max", "last s", "so far", "≤", "left", "10 s", "now"];
            has(&text, &figures);
            has(
                &text,
                &[
                    "200 × 32",
                    "503 × 4",
                    "4 × Timeout in",
                    "4 errors",
                    "% of a core",
                    "of 10 connections",
                    "/s",
                    "q end",
                ],
            );
            assert_eq!(text.contains("behind") && text.contains("service"), is_open, "{text}");
            assert_eq!(text.contains("open model, 200/s"), is_open, "{text}");
            assert_eq!(text.contains('…'), width == 80, "a long URL is cut where it must be:\n{text}");
        }
    }
}

#[test]
fn q304_small_screens_have_what_matters_most() {
    let state = state(true);
    let figures = ["p50", "p99", "max", "200 × 32", "Timeout", "% of a core", "left", "behind", "/s now", "…"];
    has(&picture(&state, 60, 15), &figures);
    has(&picture(&state, 20, 5), &["%", "/s", "p50"]);
    has(&picture(&state, 20, 1), &["%", "/s"]);
}

#[test]
fn no_size_is_too_small_or_too_large() {
    let states = [State::new(about(false)), state(false), state(true)];
    for state in &states {
        for width in (1..=12).chain([19, 39, 40, 41, 59, 75, 76, 77, 80, 120, 200]) {
            for height in (1..=24).chain([30, 50, 60]) {
                picture(state, width, height);
            }
        }
    }
}

#[test]
fn before_the_first_look_there_is_nothing_and_no_less() {
    let text = picture(&State::new(about(true)), 80, 24);
    assert!(text.contains("0.00 now") && !text.contains("-0"), "{text}");
}

#[test]
fn a_number_of_requests_has_a_share_and_a_time_left() {
    let mut about = about(false);
    (about.requests, about.duration) = (Some(80), None);
    let mut state = State::new(about);
    looks(false).into_iter().for_each(|now| state.look(now));
    assert!((state.share() - 0.5).abs() < 1e-9 && state.left().is_some());
    has(&picture(&state, 80, 24), &["40 of 80", " 50 %"]);
}

//! What a run shows while it goes on: on a terminal, and where there is none.

use nix::sys::signal::Signal;

use crate::cli_support::{Serving, run};
use crate::terminal::{ENTER, Terminal, places};

#[test]
fn q304_q_ctrl_c_and_sigterm_end_it_with_the_report_and_the_terminal_is_as_it_was() {
    let keys = |keys: &'static [u8]| move |terminal: &mut Terminal| terminal.press(keys);
    let ends: [Box<dyn Fn(&mut Terminal)>; 3] =
        [Box::new(keys(b"q")), Box::new(keys(b"\x03")), Box::new(|terminal| terminal.signal(Signal::SIGTERM))];
    for end in ends {
        let Some(mut terminal) = Terminal::start("exec maypole load -z 60s -c 4") else { return };
        terminal.wait_for_the_view();
        end(&mut terminal);
        let left = terminal.end();
        assert!(left.out.contains("interrupted") && !left.out.contains('\x1b'), "{}\n{:?}", left.out, left.text);
        assert_eq!(left.code, "0", "{:?}", left.text);
        left.is_as_it_was();
    }
}

#[test]
fn q304_a_terminal_that_changes_its_size_is_drawn_anew() {
    let Some(mut terminal) = Terminal::start("exec maypole load -z 60s -c 4") else { return };
    terminal.wait_for_the_view();
    assert!(places(&terminal.text).all(|(row, column)| row <= 24 && column <= 80), "{:?}", terminal.text);
    terminal.resize(150, 40);
    terminal.wait_until("more room to be used", |text| {
        places(text).any(|(row, _)| row > 24) && places(text).any(|(_, column)| column > 80)
    });
    terminal.resize(60, 12);
    // What is drawn after the screen was cleared, in lines: panels have no room.
    let last = |text: &str| text.rsplit("\x1b[2J").next().unwrap_or_default().to_owned();
    terminal.wait_until("less room to be used", |text| !last(text).contains('╭') && last(text).contains("p50"));
    let last = last(&terminal.text);
    assert!(places(&last).all(|(row, column)| row <= 12 && column <= 60), "{last:?}");
    terminal.press(b"q");
    terminal.end().is_as_it_was();
}

#[test]
fn q304_nothing_is_drawn_when_off_and_lines_where_the_terminal_is_dumb() {
    let Some(off) = Terminal::start("exec maypole load -n 100 --no-tui") else { return };
    let off = off.end();
    assert!(!off.text.contains(ENTER) && off.out.contains("p99.99"), "{:?}", off.text);
    let text = |before: &str, after: &str| {
        let command = format!("{before} maypole load -n 100 {after} > /dev/tty");
        Terminal::start(&command).unwrap().end().text
    };
    let is_coloured = |text: &str| text.contains("\x1b[36m") || text.contains("\x1b[38;5;6m");
    let (coloured, plain) = (text("exec", ""), text("exec env NO_COLOR=1", ""));
    assert!(is_coloured(&coloured) && coloured.contains(ENTER) && coloured.contains("p99.99"), "{coloured:?}");
    assert!(!is_coloured(&plain) && plain.contains(ENTER) && plain.contains("p99.99"), "{plain:?}");
    for text in [text("exec env TERM=dumb", ""), text("stty rows 0 cols 0; exec", "--json")] {
        assert!(!text.contains('\x1b') && text.contains("p99.99"), "{text:?}");
    }
}

#[test]
fn q304_on_a_plain_stream_there_is_a_line_every_tenth_but_not_more_than_one_a_second() {
    let serving = Serving::start();
    let ran = run(["load", "-z", "4s", "-c", "2", &serving.at("/delay/20")]);
    let lines: Vec<_> = ran.err.lines().collect();
    assert!((1..=4).contains(&lines.len()), "{}", ran.err);
    for line in lines {
        for part in [" of 4 s, ", " %: ", " answers, 0 errors, ", "/s, p99 ", " in flight"] {
            assert!(line.contains(part), "{part} is missing: {line}");
        }
        assert!(!line.starts_with("0 of") && !line.contains("100 %"), "{line}");
    }
    let ran = run(["load", "--no-tui", "-z", "2s", "-c", "2", &serving.at("/delay/20")]);
    assert_eq!(ran.err, "", "off means nothing");
}

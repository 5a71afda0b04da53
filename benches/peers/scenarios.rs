//! The cases, their contenders and what each has to beat. One table is printed per case.

use crate::bars::Bar;
use crate::bars::Bar::{Achieved, Agree, Cpu, Errors, Growth, Micros, PerRequest, Tail, Throughput, Time, Truth, Wall};
use crate::job::Work;

/// What a cost is divided by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Request,
    MiB,
}

pub(crate) struct Case {
    pub(crate) scenario: &'static str,
    pub(crate) name: &'static str,
    pub(crate) work: Work,
    pub(crate) unit: Unit,
    pub(crate) count: u64,
    pub(crate) connections: usize,
    pub(crate) bytes: u64,
    /// How long a load generator loads.
    pub(crate) seconds: u64,
    /// Requests a second that are to begin, 0 for the closed model, or [`HALF`].
    pub(crate) rate: f64,
    pub(crate) chunked: bool,
    pub(crate) tls: bool,
    /// The slowest answers stand first in the list.
    pub(crate) slow_first: bool,
    pub(crate) contenders: &'static [&'static str],
    pub(crate) bars: &'static [Bar],
}

const GIB: u64 = 1 << 30;

/// Half of what maypole reached in the case before that had as many connections and no rate.
pub(crate) const HALF: f64 = -0.5;

const SMALL: Case = Case {
    scenario: "small",
    name: "",
    work: Work::Small,
    unit: Unit::Request,
    count: 60_000,
    connections: 1,
    bytes: 0,
    seconds: 0,
    rate: 0.0,
    chunked: false,
    tls: false,
    slow_first: false,
    contenders: &["floor", "maypole", "hyper", "reqwest", "ureq", "go", "wrk", "geventhttpclient", "aiohttp"],
    bars: &[
        Cpu("floor", 1.3),
        Cpu("hyper", 0.95),
        Cpu("reqwest", 0.65),
        Cpu("ureq", 0.55),
        Cpu("go", 0.55),
        Cpu("geventhttpclient", 0.11),
        Tail("hyper", 1.0),
        Errors(0),
    ],
};

const STREAM: Case = Case {
    scenario: "stream",
    work: Work::Read,
    unit: Unit::MiB,
    count: 1,
    bytes: GIB,
    contenders: &["floor", "maypole", "hyper", "reqwest", "ureq", "curl", "go"],
    bars: &[Cpu("floor", 1.1), Cpu("curl", 0.8), Growth(8.0)],
    ..SMALL
};

const UPLOAD: Case = Case {
    scenario: "upload",
    work: Work::Upload,
    bars: &[Cpu("floor", 1.1), Cpu("curl", 0.9), Growth(8.0)],
    ..STREAM
};

const DOWNLOAD: Case = Case {
    scenario: "download",
    work: Work::Download,
    contenders: &["maypole", "curl", "aria2c"],
    bars: &[Cpu("curl", 0.8), Cpu("aria2c", 0.8), Time("curl", 1.0), Time("aria2c", 1.0)],
    ..STREAM
};

const TLS: Case = Case {
    scenario: "tls",
    tls: true,
    connections: 10,
    contenders: &["maypole", "reqwest", "ureq", "go"],
    bars: &[Cpu("reqwest", 0.75), Errors(0)],
    ..SMALL
};

/// In the order of the list nobody reaches 195 with 200 at once: whoever comes last finds the others gone. Sorted by their
/// slowness, which a program may know and say by priorities, the list can be done in that time.
const OCTOPUS: Case = Case {
    scenario: "octopus",
    name: "octopus 200",
    work: Work::Queue,
    count: 2_000,
    connections: 200,
    contenders: &["maypole", "octopus", "requests-futures"],
    bars: &[Bar::Ideal(0.97), Errors(0)],
    ..SMALL
};

/// Here `maypole` is the command.
const LOAD: Case = Case {
    scenario: "load",
    work: Work::Load,
    count: 0,
    connections: 50,
    seconds: 10,
    contenders: &["maypole", "wrk", "oha", "h2load", "hey"],
    bars: &[Throughput("wrk", 1.0), Cpu("wrk", 1.15), Errors(0)],
    ..SMALL
};

const PACED: Case = Case {
    rate: 10_000.0,
    contenders: &["maypole", "wrk2", "oha", "h2load"],
    bars: &[Achieved(0.99), Cpu("wrk2", 1.15), Cpu("oha", 1.0), Errors(0)],
    ..LOAD
};

pub(crate) const ALL: &[Case] = &[
    Case { name: "small c=1", ..SMALL },
    Case { name: "small c=10", connections: 10, ..SMALL },
    Case { name: "small c=100", connections: 100, ..SMALL },
    Case { name: "stream by length", ..STREAM },
    Case { name: "stream chunked", chunked: true, ..STREAM },
    Case {
        name: "stream read_line",
        work: Work::Lines,
        contenders: &["floor", "maypole", "ureq", "go"],
        bars: &[Cpu("floor", 1.1), Growth(8.0)],
        ..STREAM
    },
    Case { name: "upload by length", ..UPLOAD },
    Case { name: "upload chunked", work: Work::UploadChunked, ..UPLOAD },
    Case { name: "download, 1 range", ..DOWNLOAD },
    Case {
        name: "download, 8 ranges",
        connections: 8,
        contenders: &["maypole", "aria2c"],
        bars: &[Cpu("aria2c", 0.8), Time("aria2c", 1.0)],
        ..DOWNLOAD
    },
    Case {
        scenario: "crowd",
        name: "crowd",
        work: Work::Crowd,
        count: 10_000,
        connections: 10_000,
        contenders: &["floor", "maypole", "hyper", "reqwest", "ureq", "go"],
        bars: &[Wall(1.5), PerRequest(14.0), Errors(0)],
        ..SMALL
    },
    Case {
        scenario: "spawn",
        name: "spawn",
        work: Work::Spawn,
        count: 20_000,
        contenders: &["maypole", "hyper", "ureq"],
        bars: &[Micros(3.0)],
        ..SMALL
    },
    OCTOPUS,
    Case {
        name: "octopus 200 sorted",
        slow_first: true,
        contenders: &["maypole"],
        bars: &[Bar::Speedup(195.0), Errors(0)],
        ..OCTOPUS
    },
    Case {
        name: "octopus 2,000",
        connections: 2_000,
        contenders: &["maypole"],
        bars: &[Bar::Speedup(400.0), Errors(0)],
        ..OCTOPUS
    },
    Case {
        name: "octopus cached",
        work: Work::Cached,
        connections: 2_000,
        contenders: &["maypole"],
        bars: &[Bar::Rate(100_000.0), Errors(0)],
        ..OCTOPUS
    },
    Case { name: "tls small", ..TLS },
    Case {
        name: "tls new connections",
        work: Work::Fresh,
        count: 1_000,
        bars: &[Cpu("reqwest", 1.0), Errors(0)],
        ..TLS
    },
    Case {
        name: "tls 1 GiB",
        work: Work::Read,
        unit: Unit::MiB,
        count: 1,
        connections: 1,
        bytes: GIB,
        contenders: &["floor", "maypole", "reqwest", "ureq", "curl", "go"],
        bars: &[Cpu("floor", 1.05), Growth(8.0)],
        ..TLS
    },
    Case { name: "load c=10", connections: 10, ..LOAD },
    Case { name: "load c=50", ..LOAD },
    Case { name: "load c=100", connections: 100, ..LOAD },
    Case { name: "load 10,000/s", ..PACED },
    Case { name: "load half of the most", rate: HALF, ..PACED },
    // As many connections as there are requests under way at the end of a stall, so that the schedule alone decides.
    Case {
        name: "load stalls",
        work: Work::Stalled,
        connections: 600,
        seconds: 20,
        rate: 500.0,
        contenders: &["maypole", "wrk2", "oha", "wrk"],
        bars: &[Truth(0.02), Agree("wrk2", 0.02), Errors(0)],
        ..LOAD
    },
    Case {
        scenario: "soak",
        name: "soak",
        work: Work::Soak,
        seconds: 60,
        contenders: &["maypole"],
        bars: &[Growth(1.0), Errors(0)],
        ..LOAD
    },
];

impl Case {
    pub(crate) fn unit_name(&self) -> &'static str {
        match self.unit {
            Unit::Request => "request",
            Unit::MiB => "MiB",
        }
    }
}

pub(crate) fn list() {
    for case in ALL {
        println!("{:10} {:22} {}", case.scenario, case.name, case.contenders.join(" "));
        for bar in case.bars {
            println!("{:34}{}", "", bar.describe());
        }
    }
}

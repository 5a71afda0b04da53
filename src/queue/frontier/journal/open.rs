//! Opening a directory: what is there, what was left half written, where to go on.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use super::cursor::Cursor;
use super::ends::Ends;
use super::files::Files;
use super::items::Items;
use super::lock::Lock;
use super::place::{Place, Sort, named};
use super::problem::{cannot, damaged, foreign};
use super::record::{self, Note};
use super::records::Records;
use super::segment::Segment;
use super::{End, Found, Sizes};
use crate::error::Result;
use crate::queue::seen::Seen;

pub(super) fn open(path: &Path, sync: bool, seen: Option<&Seen>, sizes: Sizes) -> Result<(Files, Found)> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(cannot("make", path))?;
    let lock = Lock::take(path)?;
    let place = Place { directory: path.to_owned(), sync };
    let there = list(&place)?;
    let numbers = |sort| there.get(&sort).map_or(&[][..], Vec::as_slice);
    let mut found = Found::default();
    for number in numbers(Sort::Seen) {
        // What it replaces was to be removed next.
        fs::remove_file(place.path(Sort::Items, *number)).ok();
        remembered(&place.path(Sort::Seen, *number), seen, &mut found)?;
    }
    let mut items = Items {
        segments: VecDeque::new(),
        file: None,
        full: sizes.items,
        next_number: numbers(Sort::Items).iter().chain(numbers(Sort::Seen)).max().map_or(1, |last| last + 1),
        cursor: Cursor::default(),
    };
    let left = numbers(Sort::Items).iter().filter(|number| !numbers(Sort::Seen).contains(number));
    for number in left {
        let is_last = Some(number) == numbers(Sort::Items).last();
        let segment = scan(&place.path(Sort::Items, *number), *number, is_last, seen, &mut found.cut)?;
        found.next = found.next.max(segment.end());
        items.segments.push_back(segment);
    }
    let ends = read_ends(&place, numbers(Sort::Ends), sizes.ends, &mut items, &mut found)?;
    found.done += items.segments.iter().map(|segment| segment.count - segment.left).sum::<u64>();
    found.pending = items.segments.iter().map(|segment| segment.left).sum();
    go_on(&place, &mut items, found.next)?;
    items.retire(&place)?;
    Ok((Files { place, items, ends, _lock: lock }, found))
}

/// The numbers of the files, sorted. What was never finished goes.
fn list(place: &Place) -> Result<BTreeMap<Sort, Vec<u64>>> {
    let directory = &place.directory;
    let mut there = BTreeMap::<_, Vec<u64>>::new();
    for entry in fs::read_dir(directory).map_err(cannot("read", directory))? {
        let entry = entry.map_err(cannot("read", directory))?;
        match entry.file_name().to_str().and_then(named) {
            Some((_, _, true)) => drop(fs::remove_file(entry.path())),
            Some((sort, number, false)) => there.entry(sort).or_default().push(number),
            None => {}
        }
    }
    there.values_mut().for_each(|numbers| numbers.sort_unstable());
    Ok(there)
}

/// Fingerprints of items that are done.
fn remembered(path: &Path, seen: Option<&Seen>, found: &mut Found) -> Result<()> {
    let (mut records, first) =
        Records::open(path, Sort::Seen).map_err(cannot("read", path))?.ok_or_else(|| foreign(path))?;
    let mut count = 0;
    while let Some(payload) = records.next().map_err(cannot("read", path))? {
        for bytes in payload.chunks_exact(16) {
            count += 1;
            if let (Some(seen), Some(fingerprint)) = (seen, record::fingerprint(bytes)) {
                seen.insert(fingerprint);
            }
        }
    }
    records.whole(path)?;
    found.next = found.next.max(first + count);
    found.done += count;
    Ok(())
}

/// A file of items: how many there are, and what they are seen by. The last one is cut where a kill has left a part.
fn scan(path: &Path, number: u64, is_last: bool, seen: Option<&Seen>, cut: &mut u64) -> Result<Segment> {
    let records = Records::open(path, Sort::Items).map_err(cannot("read", path))?;
    let (mut records, first) = records.ok_or_else(|| foreign(path))?;
    let mut segment = Segment::new(number, first, records.at);
    let mut at = records.at;
    while let Some(payload) = records.next().map_err(cannot("read", path))? {
        let fingerprint = record::fingerprint(payload).ok_or_else(|| damaged(path, at))?;
        if let Some(seen) = seen {
            seen.insert(fingerprint);
        }
        let length = records.at - at;
        segment.grow(1, length);
        at = records.at;
    }
    match is_last {
        true => *cut += records.cut(path)?,
        false => records.whole(path)?,
    }
    Ok(segment)
}

/// What is done and was tried. Only the newest file counts: it begins with what the ones before it said.
fn read_ends(place: &Place, numbers: &[u64], least: u64, items: &mut Items, found: &mut Found) -> Result<Ends> {
    let Some((&number, older)) = numbers.split_last() else { return Ends::begin(place, 1, least) };
    older.iter().for_each(|number| drop(fs::remove_file(place.path(Sort::Ends, *number))));
    let path = place.path(Sort::Ends, number);
    let (mut records, _) =
        Records::open(&path, Sort::Ends).map_err(cannot("read", &path))?.ok_or_else(|| foreign(&path))?;
    let file = OpenOptions::new().read(true).append(true).open(&path).map_err(cannot("write", &path))?;
    let mut ends = Ends { number, file, bytes: 0, least, tried: HashMap::new() };
    loop {
        let at = records.at;
        let Some(payload) = records.next().map_err(cannot("read", &path))? else { break };
        match record::note(payload).ok_or_else(|| damaged(&path, at))? {
            Note::End(end) => {
                ends.note(end);
                let (End::Done(id) | End::Tried { id, .. }) = end;
                // Without `sync` a loss of power may have taken the item and left its end: the number is used up.
                found.next = found.next.max(id + 1);
                if let End::Done(id) = end {
                    items.done(id);
                }
            }
            Note::Bits(first, bits) => {
                let ids = (0..bits.len() as u64 * 8).filter(|n| bits[(n / 8) as usize] & (1 << (n % 8)) != 0);
                ids.for_each(|n| items.done(first + n));
            }
        }
    }
    found.cut += records.cut(&path)?;
    ends.bytes = records.at;
    Ok(ends)
}

/// Goes on in the last file, if the next number follows on its last one.
fn go_on(place: &Place, items: &mut Items, next: u64) -> Result<()> {
    if let Some(last) = items.segments.back().filter(|last| last.end() == next && last.bytes < items.full) {
        let path = place.path(Sort::Items, last.number);
        items.file = Some(OpenOptions::new().append(true).open(&path).map_err(cannot("write", &path))?);
    }
    Ok(())
}

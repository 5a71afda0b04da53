use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::path::Path;

use super::*;
use crate::error::Kind;
use crate::message::{Method, Url};

const SMALL: Sizes = Sizes { items: 600, ends: 300 };

impl Journal {
    /// From now on the disk of this one is full.
    pub(in super::super) fn fill_disk(&self) {
        let mut files = self.0.lock().unwrap();
        files.items.file = Some(OpenOptions::new().write(true).open("/dev/full").unwrap());
        files.ends.file = OpenOptions::new().write(true).open("/dev/full").unwrap();
    }
}

fn item(n: u64) -> Item {
    let item = Item::new(Method::POST, format!("http://example.com/{n}")).with_body(vec![n as u8; n as usize % 50]);
    let item = item.with_header("X-Number", n.to_string()).unwrap();
    item.with_depth(n as u32 % 7).with_priority(-(n as i32)).with_meta(format!("note {n}"))
}

fn fingerprint(item: &Item) -> Fingerprint {
    Seen::exact().fingerprint(&item.method, &Url::parse(&item.url).unwrap(), &item.body)
}

/// Items from `first` on that make one write, with what has ended.
fn batch(first: u64, count: u64, ends: Vec<End>) -> Batch {
    let items = (first..first + count).map(item).flat_map(|item| pack(&item, fingerprint(&item)).unwrap()).collect();
    Batch { first, count, items, ends }
}

fn open(path: &Path, seen: Option<&Seen>) -> (Arc<Journal>, Found) {
    Journal::open_with(path, false, seen, SMALL).unwrap()
}

fn ids(taken: &[Taken]) -> Vec<u64> {
    taken.iter().map(|taken| taken.item.id).collect()
}

#[test]
fn an_item_comes_back_as_it_was() {
    let items = [item(3), item(49), Item::get("http://example.com/ä?x#y"), Item::get("http://a/").repeatable()];
    for whole in items {
        let packed = pack(&whole, fingerprint(&whole)).unwrap();
        assert_eq!(unpack(&packed, 0), Some(whole.clone()));
        for cut in 0..packed.len() {
            assert_eq!(unpack(&packed[..cut], 0), None);
        }
        for at in 0..packed.len() {
            let mut wrong = packed.clone();
            wrong[at] ^= 1;
            assert_eq!(unpack(&wrong, 0), None, "{at}");
        }
    }
    let error = pack(&Item::get("http://a/").with_body(vec![0; 65 << 20]), fingerprint(&item(1))).unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
}

/// Any number, the same ones in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Items come and end in any order, with the directory closed and opened again at any time: nothing is lost, nothing
/// comes back, everything stays seen, and what is done takes little room.
#[test]
fn q321_what_is_pending_is_what_the_directory_gives() {
    for seed in 0..if cfg!(debug_assertions) { 4 } else { 20 } {
        let dice = &mut Dice(seed);
        let directory = tempfile::tempdir().unwrap();
        let (mut journal, _) = open(directory.path(), None);
        let (mut next, mut pending, mut in_hand) = (0, BTreeMap::new(), Vec::new());
        for _ in 0..300 {
            match dice.roll(10) {
                0..4 => {
                    let count = dice.roll(6);
                    let ended: Vec<u64> = in_hand.extract_if(.., |_| dice.roll(3) == 0).collect();
                    let ends = ended.iter().map(|id| End::Done(*id)).collect();
                    journal.write(&batch(next, count, ends)).unwrap();
                    pending.extend((next..next + count).map(|id| (id, (0, 0))));
                    pending.retain(|id, _| !ended.contains(id));
                    next += count;
                }
                4..8 => {
                    let taken = journal.read(dice.roll(8) as usize).unwrap();
                    for taken in &taken {
                        let Taken { item: got, not_before } = taken;
                        assert_eq!(pending.get(&got.id), Some(&(got.attempts, *not_before)));
                        let expected = item(got.id);
                        assert_eq!((&got.url, &got.body, &got.meta), (&expected.url, &expected.body, &expected.meta));
                    }
                    in_hand.extend(ids(&taken));
                }
                8 => {
                    let Some(&id) = in_hand.first() else { continue };
                    let (attempts, not_before) = (dice.roll(5) as u32, dice.roll(1 << 40));
                    let tried = End::Tried { id, attempts, not_before };
                    journal.write(&Batch { first: next, ends: vec![tried], ..Batch::default() }).unwrap();
                    pending.insert(id, (attempts, not_before));
                }
                _ => {
                    drop(journal);
                    let (seen, found);
                    seen = Seen::exact();
                    (journal, found) = open(directory.path(), Some(&seen));
                    assert_eq!((found.pending, found.cut), (pending.len() as u64, 0));
                    assert_eq!((found.next, found.done), (next, next - found.pending));
                    assert_eq!(seen.len(), next);
                    assert!((0..next).all(|n| seen.contains(fingerprint(&item(n)))));
                    in_hand.clear();
                }
            }
        }
        drop(journal);
        let (journal, _) = open(directory.path(), None);
        let all: Vec<_> =
            std::iter::from_fn(|| Some(journal.read(3).unwrap()).filter(|some| !some.is_empty())).collect();
        let all: Vec<u64> = all.iter().flat_map(|some| ids(some)).collect();
        assert!(all.iter().eq(pending.keys()), "in the order of adding");
        let ends = all.into_iter().map(End::Done).collect();
        journal.write(&Batch { first: next, ends, ..Batch::default() }).unwrap();
        drop(journal);
        let (_journal, found) = open(directory.path(), None);
        assert_eq!((found.pending, found.done, found.next), (0, next, next));
        let names = fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let (items, ends) = names.fold((0, 0), |(items, ends), name| {
            let name = name.to_string_lossy();
            (items + u32::from(name.starts_with("items")), ends + u32::from(name.starts_with("ends")))
        });
        assert!(items <= 1 && ends == 1, "{items} {ends}");
    }
}

/// A kill can leave any beginning of the last write. Whatever it is, the writes before it are all there, and the directory
/// goes on.
#[test]
fn q321_a_tail_torn_at_any_byte_is_cut() {
    let whole = tempfile::tempdir().unwrap();
    let sizes = Sizes { items: 1 << 20, ends: 1 << 20 };
    let (journal, _) = Journal::open_with(whole.path(), false, None, sizes).unwrap();
    journal.write(&batch(0, 3, vec![])).unwrap();
    let tried = End::Tried { id: 1, attempts: 2, not_before: 1 << 40 };
    journal.write(&batch(3, 2, vec![End::Done(0), tried, End::Done(2)])).unwrap();
    drop(journal);
    for name in ["items-0000000001.log", "ends-0000000001.log"] {
        let bytes = fs::read(whole.path().join(name)).unwrap();
        let borders = borders(&bytes[16..]);
        for cut in 16..=bytes.len() {
            let torn = tempfile::tempdir().unwrap();
            for entry in fs::read_dir(whole.path()).unwrap() {
                let entry = entry.unwrap();
                fs::copy(entry.path(), torn.path().join(entry.file_name())).unwrap();
            }
            let file = OpenOptions::new().write(true).open(torn.path().join(name)).unwrap();
            file.set_len(cut as u64).unwrap();
            // Of a write that was never finished the rest may also be there as zeros.
            if cut % 2 == 0 {
                file.set_len(cut as u64 + 100).unwrap();
            }
            let whole_records = borders.iter().filter(|&&border| border + 16 <= cut).count() as u64;
            let (journal, found) = Journal::open_with(torn.path(), false, None, sizes).unwrap();
            let expected: Vec<u64> = match name.starts_with("items") {
                // An end whose item is not there uses its number up.
                true => (0..whole_records).filter(|id| ![0, 2].contains(id)).collect(),
                false => {
                    (0..5).filter(|&id| (id != 0 || whole_records < 1) && (id != 2 || whole_records < 3)).collect()
                }
            };
            let taken = journal.read(10).unwrap();
            assert_eq!(ids(&taken), expected, "{name} cut at {cut}");
            let is_tried = name.starts_with("items") || whole_records >= 2;
            let one = taken.iter().find(|taken| taken.item.id == 1);
            assert!(
                one.is_none_or(
                    |one| (one.item.attempts, one.not_before) == if is_tried { (2, 1 << 40) } else { (0, 0) }
                )
            );
            assert_eq!(found.pending, expected.len() as u64);
            // And on.
            journal.write(&batch(found.next, 1, vec![End::Done(1)])).unwrap();
            drop(journal);
            let (journal, again) = Journal::open_with(torn.path(), false, None, sizes).unwrap();
            assert_eq!(again.cut, 0);
            let expected: Vec<u64> = expected.into_iter().filter(|id| *id != 1).chain([found.next]).collect();
            assert_eq!(ids(&journal.read(10).unwrap()), expected, "{name} cut at {cut}");
        }
    }
}

/// Where records end.
fn borders(bytes: &[u8]) -> Vec<usize> {
    let mut rest = bytes;
    let mut borders = Vec::new();
    while let Some((_, after)) = frame::first(rest) {
        borders.push(bytes.len() - after.len());
        rest = after;
    }
    assert!(rest.is_empty());
    borders
}

#[test]
fn damage_that_no_kill_leaves_is_an_error_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = open(directory.path(), None);
    for n in 0..20 {
        journal.write(&batch(n, 1, vec![])).unwrap();
    }
    drop(journal);
    let path = directory.path().join("items-0000000001.log");
    let good = fs::read(&path).unwrap();
    let mut bad = good.clone();
    bad[40] ^= 1;
    fs::write(&path, &bad).unwrap();
    let refused = |why: &str, kind| {
        let error = Journal::open_with(directory.path(), false, None, SMALL).err().unwrap();
        assert!(error.to_string().contains(why), "{error}");
        assert!(error.to_string().contains("items-0000000001.log"), "{error}");
        assert_eq!(error.kind(), kind);
    };
    refused("damaged at byte 16", Kind::Decode);
    // Of a later version.
    bad = good.clone();
    bad[7] = b'2';
    fs::write(&path, &bad).unwrap();
    refused("not written by this version", Kind::InvalidConfig);
    fs::write(&path, &good).unwrap();
    assert_eq!(open(directory.path(), None).1.pending, 20);
}

#[test]
fn two_cannot_hold_it_and_what_cannot_be_one_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = open(directory.path(), None);
    let refused = |path: &Path| Journal::open(path, false, None).err().unwrap().to_string();
    let busy = refused(directory.path());
    assert!(busy.contains(&format!("in use by process {}", std::process::id())), "{busy}");
    drop(journal);
    drop(open(directory.path(), None));
    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    for (path, why) in [(file.as_path(), "a directory is needed"), (Path::new("/proc/frontier"), "/proc/frontier")] {
        let error = refused(path);
        assert!(error.contains(why) && error.contains(&*path.to_string_lossy()), "{error}");
    }
}

#[test]
fn a_full_disk_says_so_and_takes_nothing_that_was_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let (journal, _) = open(directory.path(), None);
    journal.write(&batch(0, 2, vec![])).unwrap();
    journal.fill_disk();
    let error = journal.write(&batch(2, 1, vec![End::Done(0)])).unwrap_err();
    assert_eq!(error.kind(), Kind::Io);
    assert!(error.to_string().contains("items-0000000001.log") && error.to_string().contains("make room"), "{error}");
    drop(journal);
    assert_eq!(open(directory.path(), None).1.pending, 2);
}

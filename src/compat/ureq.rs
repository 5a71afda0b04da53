//! ureq's agents on coroutines.

//! Effects of options that no other test has a reason to look at.

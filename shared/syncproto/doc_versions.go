// Package syncproto, chapter of epochs and versions.
//
// # Epochs
//
// An epoch names one unbroken history of positions. A server that was restored from
// a backup begins a new one where the backup ends, and every reply says so. The
// counter then forgets the positions of its ops that are not archived and sends them
// again, the same bytes under the same run and wseq. Since the backup may be older
// than the newest one that it was told of, it also sends the last op of each of its
// newest runs: a gap in the answer says what the server lacks besides. All of it may
// be repeated; what the server has gets its first verdict. A cursor of the epoch
// before gets a fresh bucket; a snapshot of it is dropped.
//
// # Age
//
// Nothing expires for a push: a device may be away for months. Times are judged by
// when an act was done, with the doubt of an old offset in the resident's favour.
//
// # Versions
//
// A version is a whole number in every header, body and op ("v"). A program writes
// its own and reads its own and the two before it.
//
//   - A server that cannot read a header answers 426 with its range. The counter keeps all
//     ops, says that an update is needed, and pushes the same bytes when it is done.
//   - A counter that cannot read a reply's v does the same.
//   - A field that a program does not know is ignored; inside ops and rows it is kept.
//   - An op of a kind that the server does not know is acknowledged and quarantined
//     with the reason unknown_kind. A server that knows it does it at its start, at the
//     place in the ledger that is then the next: the verdict's row changes.
//   - Rows of a table that the counter does not know are kept as bytes, count in the
//     digest, and the cursor passes them. After an upgrade with a higher schema number the
//     counter fetches its buckets from 0, so that no row stays unread; what it can read
//     stays visible meanwhile.
//   - A call that an older server does not know gets 404, and the counter does without.
//
// New fields are added, never given another meaning; a change that an older
// program would misread is a new version. testdata/wire has a folder for each
// version, replayed from old counters to this server and from old servers to this counter.
package syncproto

// Package ingest takes files in: titles, libraries, stores, residents, stock and
// policies, as a town has them, written through the ledger.
//
// # Files
//
// A file is text with a header line and one row a line: UTF-8 with or without a
// byte order mark, CP949 (what Korean Excel writes) or UTF-16 with a mark;
// separated by commas, semicolons or tabs; quoted as RFC 4180 says, with line
// breaks inside quotes allowed. Encoding and separator are found by looking.
// Columns are found by their header, Korean or English, in any order; others are
// passed over. A file is read once, front to back, in constant memory.
//
// # Bad rows
//
// A row that can't be taken is refused by itself, with its real line in the file,
// its column and a reason; all other rows are taken. A quote that is never closed
// costs its own line and nothing more. What is taken with a part left out (a date
// that can't be read) gets a note. Reasons and notes are message keys
// (messages/ingest.*.json, and isbn.problem.* of scan) and hold no personal data.
//
// # Running it again
//
// Rows that would change nothing are passed over, so a file may be imported
// again, or after a stop half way. Each op of up to [payback.MaxRows] changed rows
// is named by what it changes from and to, so that two runs of the same file at
// once merge. The last of several rows for one thing wins; when they lie far
// apart in the file, each run of it writes both.
package ingest

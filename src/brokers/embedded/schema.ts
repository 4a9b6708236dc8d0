/** Marks a database file as ours: "fogl" in ASCII (PRAGMA application_id). */
export const APPLICATION_ID = 0x666f676c

/** Counts changes of the schema (PRAGMA user_version). */
export const SCHEMA_VERSION = 1

/**
 * How each connection works. EXCLUSIVE keeps the operating system's lock on the file until the
 * process ends, however it ends, and needs no shared memory. FULL: a commit is on disk when it
 * returns. 4 MiB of page cache hold the ends of some hundred partitions; the write-ahead log is moved
 * into the database every 8 MiB, which keeps its fsyncs rare and a restart short.
 */
export const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA fullfsync = ON;
  PRAGMA cache_size = -4096;
  PRAGMA wal_autocheckpoint = 2048;
  PRAGMA journal_size_limit = 16777216;
  PRAGMA temp_store = MEMORY;
`

/**
 * A record lies at its `place`: the log (partition) in the upper 23 bits, the offset in the lower 40,
 * so that a partition is one run of one B-tree. Places are only computed inside SQLite, whose
 * integers have 64 bits: JavaScript's numbers do not. A deleted page is used again: the file does
 * not shrink, nor grow while retention keeps up.
 */
export const SCHEMA = `
  CREATE TABLE topic (
    topic INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    id TEXT NOT NULL,
    age_ms REAL,
    size_bytes REAL
  ) STRICT;
  CREATE TABLE partition (
    log INTEGER PRIMARY KEY,
    topic INTEGER NOT NULL,
    number INTEGER NOT NULL,
    first INTEGER NOT NULL,
    next INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    UNIQUE (topic, number)
  ) STRICT;
  CREATE TABLE record (
    place INTEGER PRIMARY KEY,
    timestamp_ms INTEGER NOT NULL,
    key BLOB,
    headers BLOB,
    value BLOB NOT NULL
  ) STRICT;
  CREATE TABLE once (
    place INTEGER PRIMARY KEY,
    topic INTEGER NOT NULL,
    id TEXT NOT NULL,
    UNIQUE (topic, id)
  ) STRICT;
  CREATE TABLE progress (
    log INTEGER NOT NULL,
    consumers TEXT NOT NULL,
    next INTEGER NOT NULL,
    ahead TEXT NOT NULL,
    PRIMARY KEY (log, consumers)
  ) STRICT, WITHOUT ROWID;
`

/** SQL for the place of `offset` in `log`, both SQL expressions. */
export function placeOf(log: string, offset: string): string {
  return `((${log} << 40) | ${offset})`
}

/** SQL for the offset at `place`. */
export const OFFSET_OF_PLACE = '(place & 0xffffffffff)'

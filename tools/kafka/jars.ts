import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FoglineError } from '../../src/std/errors.ts'

/** The Apache Kafka that tests and `npm run kafka` run. */
export const KAFKA_VERSION = '4.1.1'

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url))

/** 45 MB from Maven Central: seconds on most lines, and an end on a line that hangs. */
const DOWNLOAD_TIME_MAX_MS = 300_000

/** The class path of Kafka and its tools; fetched by Maven the first time (ERR_UNAVAILABLE). */
export function kafkaClassPath(): string {
  const jars = join(CACHE, `kafka-${KAFKA_VERSION}`)
  if (!existsSync(jars)) fetchJars(jars)
  return join(jars, '*')
}

/** Into a folder of its own and renamed, so that of two processes at once neither sees half. */
function fetchJars(jars: string): void {
  const folder = join(CACHE, `maven-${randomUUID()}`)
  const libs = join(folder, 'libs')
  try {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'pom.xml'), POM)
    execFileSync(
      'mvn',
      ['-q', '--batch-mode', 'dependency:copy-dependencies', `-DoutputDirectory=${libs}`],
      { cwd: folder, timeout: DOWNLOAD_TIME_MAX_MS, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    renameSync(libs, jars)
  } catch (cause) {
    // The other of two processes came first.
    if (existsSync(jars)) return
    throw new FoglineError(`Cannot fetch Apache Kafka ${KAFKA_VERSION} by Maven`, {
      code: 'ERR_UNAVAILABLE',
      cause,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The console tools come without Kafka Connect, which is three quarters of their dependencies. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>fogline</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka-tools</artifactId>
      <version>${KAFKA_VERSION}</version>
      <exclusions>
        <exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion>
      </exclusions>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`

import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { FoglineError } from '../../src/std/errors.ts'

/** The Apache Kafka that tests and `npm run kafka` run. */
export const KAFKA_VERSION = '4.1.1'

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url))

/** 45 MB from Maven Central: seconds on most lines, and an end on a line that hangs. */
const DOWNLOAD_TIME_MAX_MS = 300_000

/** Whether the jars are on this machine, so that only Java is needed. */
export function hasKafkaJars(): boolean {
  return existsSync(folderOfJars())
}

/** The class path of Kafka and its tools; fetched by Maven the first time (ERR_UNAVAILABLE). */
export async function kafkaClassPath(): Promise<string> {
  if (!hasKafkaJars()) await fetchJars()
  return join(folderOfJars(), '*')
}

function folderOfJars(): string {
  return join(CACHE, `kafka-${KAFKA_VERSION}`)
}

/** Into a folder of its own and renamed, so that of two processes at once neither sees half. */
async function fetchJars(): Promise<void> {
  const folder = join(CACHE, `kafka-${randomUUID()}`)
  const libs = join(folder, 'libs')
  await mkdir(folder, { recursive: true })
  try {
    await writeFile(join(folder, 'pom.xml'), POM)
    await promisify(execFile)(
      'mvn',
      ['-q', '--batch-mode', 'dependency:copy-dependencies', `-DoutputDirectory=${libs}`],
      { cwd: folder, timeout: DOWNLOAD_TIME_MAX_MS },
    )
    await rename(libs, folderOfJars())
  } catch (cause) {
    if (hasKafkaJars()) return
    throw new FoglineError(`Cannot fetch Apache Kafka ${KAFKA_VERSION} by Maven`, {
      code: 'ERR_UNAVAILABLE',
      cause,
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
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

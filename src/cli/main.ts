import process from 'node:process'
import { forbidTelemetry } from '../models/telemetry.ts'
import { runProgram } from './program.ts'
import { processTerminal } from './terminal.ts'

forbidTelemetry(process.env)
process.exitCode = await runProgram(process.argv.slice(2), processTerminal(process))

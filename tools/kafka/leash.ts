import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Ends `child` and removes `folder` if this process dies, however it dies: a shell waits for the end
 * of its standard input, which the system closes then. The answer lets go of the leash.
 */
export function leash(child: ChildProcess, folder = ''): () => void {
  const shell = spawn('sh', ['-c', WATCH, 'leash', String(child.pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  return () => {
    shell.kill('SIGKILL')
  }
}

// A process that was killed may write for a moment more, and its neighbours of the same folder, too.
const WATCH = 'read _; kill -KILL "$1"; sleep 1; rm -rf -- "$2"'

// A thread of a child process that ends the process, with all that its handlers started, when its worker is gone: also
// when the main thread is busy for ever, and when the worker was killed and could end nothing itself.
import { Socket } from 'node:net';
import { WATCH_FD } from './child-messages.ts';

const pipe = new Socket({ fd: WATCH_FD });
pipe.on('error', () => {}); // 'close' follows
pipe.on('close', () => process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGKILL'));
pipe.resume();

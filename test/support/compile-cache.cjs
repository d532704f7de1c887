// Code that was compiled for one process of a test is not compiled again for the next one; all of it is from source.
const { join } = require('node:path');
require('node:module').enableCompileCache?.(join(__dirname, '../../node_modules/.cache/cloudtask-tests'));

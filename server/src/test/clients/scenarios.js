// Runs the scenarios of a client against a server and says which hold.
//
//     NODE_PATH=…/node_modules node CLIENT.js http://127.0.0.1:8080 [--recorded] [SCENARIO...]
//
// With --recorded the address is record.py's, and each request says in its path whose it is.
'use strict';

exports.MODEL = 'jerboa-inside';
exports.QUESTION = 'What is 12 + 30?';
exports.UNICODE = 'كم حاصل 12 + 30؟ \u{1f42d} “é”\n1\t2';
exports.NUMBERS = {
  type: 'object',
  properties: {
    a: { type: 'integer', minimum: 0, maximum: 99 },
    b: { type: 'integer', minimum: 0, maximum: 99 },
  },
  required: ['a', 'b'],
  additionalProperties: false,
};

/** Runs them all, or those that are named; connect makes a client from an address. */
exports.run = async (client, connect, scenarios) => {
  const words = process.argv.slice(2).filter((word) => !word.startsWith('--'));
  const recorded = process.argv.includes('--recorded');
  const address = words[0].replace(/\/$/, '');
  const chosen = words.length > 1 ? words.slice(1) : Object.keys(scenarios);
  let failed = 0;
  for (const name of chosen) {
    try {
      await scenarios[name](connect(recorded ? `${address}/${client}/${name}` : address));
      console.log(`ok ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED ${name}`);
      console.error(error);
    }
  }
  console.log(`${client}: ${chosen.length - failed} of ${chosen.length} scenarios hold`);
  process.exitCode = failed > 0 ? 1 : 0;
};

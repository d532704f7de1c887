/**
 * Whether a password is among those that are tried first: words that people choose, with the usual endings and
 * spellings; keyboard runs; repetitions. Together they stand for several thousand texts of 8 characters and more.
 */
export function isCommonPassword(password: string): boolean {
  const folded = password.toLowerCase();
  return isRepetition(folded) || isRun(folded) || isDecoratedWord(unspell(folded));
}

/** `aaaaaaaa`, `abcabcabc`, `12121212`. */
function isRepetition(text: string): boolean {
  return /^(.{1,4})\1+$/u.test(text) || new Set(text).size <= 2;
}

const ROWS = [
  '01234567890123456789',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  'azertyuiopqsdfghjklmwxcvbn',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'qazwsxedcrfvtgbyhnujmik',
  'q1w2e3r4t5y6u7i8o9p0',
  'zaq12wsxcde34rfv',
];
const RUNS = ROWS.flatMap((row) => [row, [...row].reverse().join('')]);

/** Made of pieces of at most three runs: `12345678`, `qwertyuiop`, `qwerty123456`, `asdf1234qwer`. */
function isRun(text: string): boolean {
  return isRunOf(text, 3);
}

function isRunOf(text: string, pieces: number): boolean {
  if (text === '') return true;
  if (pieces === 0) return false;
  for (let length = Math.min(text.length, 28); length >= 3; length -= 1) {
    const piece = text.slice(0, length);
    if (RUNS.some((run) => run.includes(piece)) && isRunOf(text.slice(length), pieces - 1)) return true;
  }
  return false;
}

/** `p@ssw0rd` → `password`. Only inside words: endings are numbers by themselves. */
function unspell(text: string): string {
  const [, middle = text, ending = ''] = /^(.*?[a-z@$])([\d!.?#*_-]*)$/s.exec(text) ?? [];
  return (
    middle.replace(/[@4]/g, 'a').replace(/3/g, 'e').replace(/[1!]/g, 'i').replace(/0/g, 'o').replace(/[$5]/g, 's') +
    ending
  );
}

function isDecoratedWord(text: string): boolean {
  const [, word = '', ending = ''] = /^([a-z]+)([\d!.?#*_-]*)$/.exec(text) ?? [];
  return isCommonEnding(ending) && (WORDS.has(word) || isPair(word));
}

/** Nothing, `!`, up to four digits (years, dates), a run of digits, and marks around them. */
function isCommonEnding(ending: string): boolean {
  const digits = ending.replace(/[^\d]/g, '');
  const marks = ending.length - digits.length;
  return marks <= 2 && (digits.length <= 4 || isRunOf(digits, 1) || isRepetition(digits));
}

/** `loveyou`, `myadmin`, `passwordpassword`. */
function isPair(text: string): boolean {
  for (let at = 2; at <= text.length - 2; at += 1) {
    const [first, second] = [text.slice(0, at), text.slice(at)];
    const isFirst = WORDS.has(first) || JOINERS.has(first);
    if (isFirst && (WORDS.has(second) || JOINERS.has(second))) return true;
  }
  return false;
}

const JOINERS = new Set(
  'my our the new old big i me you it is in no yes hello super the change reset let open go'.split(' '),
);

const WORDS = new Set(
  `password passwort passwd pass kennwort contrasena motdepasse senha parola haslo wachtwoord losenord salasana admin
  administrator root user username login welcome willkommen bienvenue hello hallo hola bonjour secret geheim access
  master default changeme letmein iloveyou love liebe amour lover sweet sweetheart princess prinzessin princesa angel
  baby babygirl sunshine sonnenschein shadow dragon drache monkey tiger lion eagle wolf bear horse pony puppy kitty
  kitten bunny chicken dolphin butterfly flower blume rose lily daisy violet jasmine cherry apple banana orange
  strawberry chocolate cookie pizza coffee cheese pepper ginger sugar honey summer sommer winter spring autumn herbst
  january february march april may june july august september october november december monday tuesday wednesday
  thursday friday saturday sunday weekend holiday christmas easter birthday football fussball soccer baseball basketball
  hockey tennis golf rugby cricket boxing racing champion winner player gamer superman batman spiderman ironman hulk
  wolverine avengers starwars starwars jedi vader yoda skywalker matrix trinity neo gandalf hobbit frodo aragorn merlin
  wizard magic phoenix unicorn ninja samurai warrior knight hunter ranger killer slayer devil demon satan heaven
  freedom peace hope faith grace trust truth honor glory jesus christ god bless lord mary joseph michael daniel david
  robert thomas andrew matthew joshua anthony william charlie george harley jordan jessica jennifer amanda ashley
  michelle nicole stephanie elizabeth samantha alexander alexandra maximilian sebastian christian christina hannah
  lisa laura anna maria martin peter stefan andreas computer internet windows microsoft apple google facebook twitter
  instagram linkedin youtube amazon android iphone samsung nokia sony laptop keyboard server database network system
  software hardware developer developers programmer coding coffee test tester testing testtest demo sample example guest
  temp temporary backup support service office manager company business money dollar euro bitcoin crypto blockchain
  wallet gold silver diamond platinum copper iron steel metal rock rocks guitar piano music dance dancer disco party
  beer wine whiskey vodka vegas casino poker lucky fortune mustang ferrari porsche mercedes corvette camaro yamaha
  suzuki honda toyota america canada england london paris berlin germany deutschland france espana italia mexico brasil
  argentina australia china japan russia india africa texas florida california chicago newyork boston dallas yankees
  cowboys lakers arsenal liverpool chelsea barcelona madrid juventus manchester united bayern dortmund trustno nothing
  something anything everything whatever whatsup forever together always never maybe please thankyou sorry goodbye
  friends family mother father sister brother daughter husband wife girlfriend boyfriend zxcvbnm asdfgh qwerty qwertz
  azerty abcdef abc cloud cloudtask task tasks job jobs worker queue pokemon pikachu mario zelda sonic minecraft fortnite
  roblox naruto sasuke goku vegeta dragonball onepiece mickey minnie donald snoopy garfield scooby simpsons homer bart
  blue green yellow purple black white red pink brown rainbow star stars moon sun sky ocean river mountain forest island
  beach water fire earth wind storm thunder lightning snow ice rain`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

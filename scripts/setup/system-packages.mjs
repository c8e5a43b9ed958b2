// Which libraries and programs of the system are needed, and how to get them. Pure: the file system comes in
// as a function.

const TRIPLETS = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu', arm: 'arm-linux-gnueabihf' };

/** node-hid links it on Linux in both its variants. */
const APP_LIBRARIES = { 'libusb-1.0.so.0': 'libusb-1.0-0' };

/** What Electron's runtime links on Linux beyond the base system. */
const ELECTRON_LIBRARIES = {
  'libnss3.so': 'libnss3',
  'libgtk-3.so.0': 'libgtk-3-0',
  'libgbm.so.1': 'libgbm1',
  'libasound.so.2': 'libasound2',
  'libxss.so.1': 'libxss1',
};

const CHROMIUM_PLACES = {
  linux: [
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/usr/bin/google-chrome-stable',
    '/opt/google/chrome/chrome',
    '/snap/bin/chromium',
    '/usr/bin/microsoft-edge',
  ],
  darwin: [
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

/**
 * The browser for the end-to-end tests: `KEYWRIGHT_CHROMIUM` where it is set, else the first known place.
 * @returns its path, or undefined
 */
export function findChromium(env, platform, exists) {
  const chosen = env.KEYWRIGHT_CHROMIUM;
  if (chosen !== undefined && chosen !== '') return exists(chosen) ? chosen : undefined;
  return (CHROMIUM_PLACES[platform] ?? []).find((place) => exists(place));
}

/**
 * Names what the system lacks.
 * @param needs `tests`: also what only tests use; `electron`: there is an Electron runtime to start
 * @returns one entry per missing thing: what it is for, its Debian package (null where none would help), and
 *   whether work goes on without
 */
export function missingThings({ platform, arch, env, exists, tests, electron }) {
  const missing = [];
  if (platform === 'linux') {
    const libraries = { ...APP_LIBRARIES, ...(electron ? ELECTRON_LIBRARIES : {}) };
    for (const [file, name] of Object.entries(libraries)) {
      if (!libraryFolders(arch).some((folder) => exists(`${folder}/${file}`))) {
        const purpose = file in APP_LIBRARIES ? 'security keys on USB' : 'the Electron window';
        missing.push({ name, what: file, purpose, optional: false });
      }
    }
  }
  if (!tests) return missing;
  if (findChromium(env, platform, exists) === undefined) {
    const chosen = env.KEYWRIGHT_CHROMIUM;
    const purpose = 'the end-to-end tests';
    // A wrong choice is corrected by its owner: installing another browser would not help.
    if (chosen)
      missing.push({ name: null, what: `${chosen} (KEYWRIGHT_CHROMIUM)`, purpose, optional: false });
    else missing.push({ name: 'chromium', what: 'Chromium', purpose, optional: false });
  }
  if (platform === 'linux') {
    if (electron && !exists('/usr/bin/xvfb-run')) {
      missing.push({ name: 'xvfb', what: 'xvfb-run', purpose: 'the tests of the window', optional: true });
    }
    if (!exists('/usr/lib/python3/dist-packages/fido2')) {
      const purpose = 'the tests against python-fido2';
      missing.push({ name: 'python3-fido2', what: 'python-fido2', purpose, optional: true });
    }
  }
  return missing;
}

/** True where /etc/os-release describes Debian or a system made from it. */
export function isDebianLike(osRelease) {
  const words = [...osRelease.matchAll(/^(?:ID|ID_LIKE)=(.*)$/gm)]
    .flatMap((line) => (line[1] ?? '').replaceAll('"', '').split(/\s+/))
    .map((word) => word.toLowerCase());
  return words.includes('debian') || words.includes('ubuntu');
}

/** The command a person can run to get the packages. */
export function installCommand(names, asRoot) {
  return `${asRoot ? '' : 'sudo '}apt-get install -y --no-install-recommends ${names.join(' ')}`;
}

function libraryFolders(arch) {
  const triplet = TRIPLETS[arch];
  const roots = ['/usr/lib', '/lib', '/usr/lib64', '/lib64', '/usr/local/lib'];
  return triplet === undefined ? roots : [`/usr/lib/${triplet}`, `/lib/${triplet}`, ...roots];
}

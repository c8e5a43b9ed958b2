// The arrows of ARCHITECTURE.md as rules: hosts → app → {actions, authenticators, webauthn, store} → ctap → platform → shared.
const room = (name, from, allowed) => ({
  name: `${name}-imports-only-what-is-below-it`,
  severity: 'error',
  from: { path: from },
  to: { path: '^(main|preload|renderer|shared)/', pathNot: [from, ...allowed] },
});
const shared = '^shared/';
const platform = '^main/platform/';
const ctap = '^main/ctap/';
const middle = ['^main/actions/', '^main/authenticators/', '^main/webauthn/', '^main/store/'];

export default {
  forbidden: [
    room('shared', shared, []),
    room('platform', platform, [shared]),
    room('ctap', ctap, ['^shared/errors/']),
    {
      name: 'the-library-for-security-keys-stands-alone',
      comment: 'main/ctap, with the client and the driver for USB, becomes a package of its own.',
      severity: 'error',
      from: { path: '^main/(ctap|authenticators/(client|usb))/' },
      to: {
        path: '^(main|preload|renderer|shared)/',
        pathNot: ['^main/(ctap|authenticators/(client|usb))/', '^shared/(errors|domain)/'],
      },
    },
    room('store', '^main/store/', [platform, shared]),
    room('webauthn', '^main/webauthn/', [platform, shared]),
    room('authenticators', '^main/authenticators/', [ctap, platform, shared]),
    room('actions', '^main/actions/', ['^main/webauthn/', '^main/store/', platform, shared]),
    room('app', '^main/app/', [...middle, platform, shared]),
    room('hosts', '^main/hosts/', ['^main/app/', '^main/authenticators/', platform, shared]),
    room('renderer', '^renderer/', [shared]),
    room('preload', '^preload/', [shared]),
    {
      name: 'hosts-stay-apart',
      comment: 'A host may use hosts/common, never another host.',
      severity: 'error',
      from: { path: '^main/hosts/([^/]+)/' },
      to: { path: '^main/hosts/', pathNot: ['^main/hosts/$1/', '^main/hosts/common/'] },
    },
    {
      name: 'electron-only-in-its-host',
      severity: 'error',
      from: { pathNot: ['^main/hosts/electron/', '^preload/electron'] },
      to: { path: '(^|/)electron(/|$)', dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'the-window-has-no-node',
      severity: 'error',
      from: { path: '^(renderer|shared)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'every-import-resolves', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};

// Which folder may import which: data flows one way, and so do imports (docs/architecture.md).
const only = (name, comment, from, to) => ({ name, comment, severity: 'error', from: { path: from }, to });

module.exports = {
  forbidden: [
    only('no-cycles', 'A cycle has no first thing to read.', '.', {
      circular: true,
      viaOnly: { dependencyTypesNot: ['type-only'] },
    }),
    only('core-is-pure', 'The core knows no stage, delivery, client or Google library.', '^functions/core/', {
      path: '^(functions/(?!core/)|infra|local|cli|console|test|node_modules/@google-cloud|node_modules/@pulumi)',
    }),
    only(
      'stages-do-not-know-deliveries',
      'A stage knows nothing of HTTP or of how messages are delivered.',
      '^functions/stages/',
      {
        path: '^(functions/delivery/|functions/[^/]+\\.ts$|infra|local|cli)',
      },
    ),
    only(
      'only-clients-make-google-clients',
      'Google clients are constructed in functions/clients alone.',
      '^functions/(?!clients/)',
      {
        path: '^node_modules/@google-cloud/(?!functions-framework)',
      },
    ),
    only(
      'only-index-registers',
      'functions/index.ts alone registers functions; others may name the framework’s types.',
      '^functions/(?!index\\.ts$)',
      {
        path: '^node_modules/@google-cloud/functions-framework',
        dependencyTypesNot: ['type-only'],
      },
    ),
    only('functions-stand-alone', 'What is deployed depends on nothing that is not.', '^functions/', {
      path: '^(infra|local|cli|test)/',
    }),
    only(
      'console-is-a-function',
      'The console is deployed as a function: what puts functions together loads it, and nothing else.',
      '^functions/(?!assemble)',
      { path: '^console/' },
    ),
    only(
      'console-shows-and-asks',
      'The console reads the state by clients, and leaves the work to the core and to operations.',
      '^console/',
      { path: '^(functions/(stages|delivery|sources)/|infra/|local/|cli/|client/|test/)' },
    ),
    only(
      'infra-knows-the-core-only',
      'The Pulumi program knows names, wiring and schemas, not how stages work.',
      '^infra/',
      {
        path: '^(functions/(?!core/)|local|cli|test)',
      },
    ),
    only('local-does-not-run-stages', 'Functions run in processes of their own.', '^local/', {
      path: '^(functions/(stages|delivery)/|cli|test)',
    }),
    only('client-knows-the-core-only', 'What services install shares nothing but the core.', '^client/', {
      path: '^(functions/(?!core/)|infra/|local/|cli/|console/|test/)',
    }),
    only(
      'client-is-for-services',
      'The pipeline does not depend on what publishes on it.',
      '^(functions|infra|local)/',
      {
        path: '^client/',
      },
    ),
    only('tests-are-not-imported', 'Nothing but a test depends on a test.', '^(?!test/)', { path: '^test/' }),
    only('no-orphans', 'A module that nobody imports is dead.', '^(functions|client|infra|local|console|cli)/', {
      orphan: true,
    }),
    only(
      'declared-dependencies',
      'What is imported is in package.json.',
      '^(functions|client|infra|local|console|cli|test)/',
      {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'],
      },
    ),
  ].map(rule => (rule.name === 'no-orphans' ? { ...rule, from: { ...rule.from, orphan: true }, to: {} } : rule)),
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};

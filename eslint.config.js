import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Words that name no thing and no act; CONTRIBUTING.md says what to write instead. */
const emptyWords =
  '(Manager|Service|Handler|Helper|Utils?|Impl|Wrapper|Factory|Provider|Resolver|Strategy|Visitor|Builder)$';

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'docs/reference/', '.cache/', '**/node_modules/']),
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['*.config.ts'] }, tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-this-alias': 'off', // one instance of some classes is kept alive
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/naming-convention': [
        'error',
        {
          selector: 'typeLike',
          format: ['PascalCase'],
          custom: { regex: `^(I[A-Z]|Abstract|Base)|${emptyWords}`, match: false },
        },
        { selector: 'function', format: ['camelCase', 'PascalCase'] },
        { selector: 'variable', format: ['camelCase', 'PascalCase'] },
        { selector: 'parameter', format: ['camelCase', 'PascalCase'], leadingUnderscore: 'allow' },
      ],
      // short names for editors to show: interface Query<T> extends QueryOf<T, T, 'sync'> {}
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
      eqeqeq: 'error',
      // Codecs, programs and type checks here are data: functions are passed on, `& unknown` means "no further check",
      // and an async function may fulfil a contract without waiting for anything.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    // Electron's declarations are installed by `npm run test:electron-types` only, and this page has its own packages
    files: ['examples/electron/*.ts', 'examples/browser/*.ts', 'tests/electron/types/*.ts'],
    extends: [tseslint.configs.disableTypeChecked],
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    rules: { eqeqeq: 'error', 'no-undef': 'off', 'no-unused-vars': 'error' },
  },
);

const globals = require("globals");
const jsdoc = require("eslint-plugin-jsdoc");

module.exports = [
    {
        files: ["**/static/{src,tests}/**/*.js"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: {...globals.browser, luxon: "readonly", odoo: "readonly"},
        },
        plugins: {jsdoc},
        rules: {
            eqeqeq: "error",
            "no-console": "error",
            "no-debugger": "error",
            "no-undef": "error",
            "no-unused-vars": ["error", {argsIgnorePattern: "^_"}],
            "no-var": "error",
            "prefer-const": "error",
            "no-shadow": "error",
            "jsdoc/check-types": "error",
            "jsdoc/require-param-type": "error",
        },
    },
];

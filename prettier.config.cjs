module.exports = {
    plugins: [require.resolve("@prettier/plugin-xml")],
    bracketSpacing: false,
    printWidth: 100,
    proseWrap: "preserve",
    xmlWhitespaceSensitivity: "preserve",
};

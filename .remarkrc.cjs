// Links, anchors and pictures of all Markdown files; local ones only, as lint asks nobody outside.
const tool = (name) => require.resolve(name);

module.exports = {
    plugins: [tool("remark-gfm"), [tool("remark-validate-links"), {repository: false}]],
};

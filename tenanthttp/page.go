package tenanthttp

// page takes title, status, title, detail. It loads nothing from anywhere.
const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #fff; --ink: #1c2330; --soft: #5b6575; --line: #e0e4ea }
@media (prefers-color-scheme: dark) { :root { --ground: #12161d; --card: #1b212b; --ink: #e8ecf2; --soft: #9aa5b5; --line: #2b3340 } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { box-sizing: border-box; width: min(30rem, 92vw); padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px }
small { color: var(--soft); letter-spacing: .05em }
h1 { margin: .25rem 0 .75rem; font-size: 1.5rem; line-height: 1.2 }
p { margin: 0; color: var(--soft); overflow-wrap: anywhere }
</style>
</head>
<body>
<main>
<small>%d</small>
<h1>%s</h1>
<p>%s</p>
</main>
</body>
</html>
`

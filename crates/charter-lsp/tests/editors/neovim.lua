-- Drives Neovim on a copy of the shop as a person would: a line a step, and status 1 when one of them fails. `cargo xtask editors` runs it with the
-- configuration that docs/reference/editors.md gives for the version at hand; 0.7 is the oldest one that it was tried with.
local failed = false
local function step(name, ok, shown)
  io.stdout:write((ok and 'ok    ' or 'FAIL  ') .. name .. (shown and ('  ' .. tostring(shown):gsub('\n', ' ⏎ '):sub(1, 150)) or '') .. '\n')
  failed = failed or not ok
end
local function try(name, test) local fine, ok, shown = pcall(test); step(name, fine and ok, fine and shown or ok) end
local function put(pattern, offset) -- the cursor on a pattern
  vim.fn.cursor(1, 1); local line = vim.fn.search(pattern, 'cW'); assert(line > 0, 'no ' .. pattern)
  if offset then vim.fn.cursor(line, vim.fn.col('.') + offset) end
end
local get_clients = vim.lsp.get_clients or vim.lsp.get_active_clients
local function ask(method, more)
  local client = get_clients({ bufnr = 0 })[1]
  local ok, params = pcall(vim.lsp.util.make_position_params, 0, client and client.offset_encoding)
  for key, value in pairs(more or {}) do params[key] = value end
  for _, answer in pairs(vim.lsp.buf_request_sync(0, method, params, 10000) or {}) do
    if answer.error then error(vim.inspect(answer.error)) end
    return answer.result
  end
end
local function codes()
  local found = {}
  for _, item in ipairs(vim.diagnostic.get(0)) do found[item.code or '?'] = true end
  return found
end
try('attaches', function()
  local ok = vim.wait(15000, function() return #get_clients({ bufnr = 0 }) > 0 and get_clients({ bufnr = 0 })[1].initialized ~= false end, 50)
  return ok, get_clients({ bufnr = 0 })[1].offset_encoding
end)
try('diagnostics of an unsaved buffer', function()
  put('peak: 10_000', 1); vim.cmd('normal! x')
  local line = vim.api.nvim_get_current_line()
  local ok = vim.wait(10000, function() return codes().Y009 end, 20)
  local message = ok and vim.tbl_filter(function(item) return item.code == 'Y009' end, vim.diagnostic.get(0))[1].message
  return ok, message or line
end)
try('a quick fix mends it', function()
  put('pak: 10_000')
  local client = get_clients({ bufnr = 0 })[1]
  local line = vim.fn.line('.') - 1
  local wanted = vim.tbl_filter(function(item) return item.lnum == line end, vim.diagnostic.get(0))
  local params = { textDocument = vim.lsp.util.make_text_document_params(0), range = { start = { line = line, character = 0 }, ['end'] = { line = line, character = 3 } },
    context = { diagnostics = {} } }
  local actions
  for _, answer in pairs(vim.lsp.buf_request_sync(0, 'textDocument/codeAction', params, 10000)) do actions = answer.result end
  vim.lsp.util.apply_workspace_edit(actions[1].edit, client.offset_encoding)
  local gone = vim.wait(10000, function() return not codes().Y009 end, 20)
  return gone and vim.fn.search('^  peak: 10_000 rps', 'w') > 0, actions[1].title
end)
try('hover is explain', function() put('artifact: recommendation', 12); local found = ask('textDocument/hover'); return found.contents.value:match('recommendation') ~= nil, found.contents.value end)
try('definition', function() put('model: fraud@v2', 8); local found = ask('textDocument/definition'); local line = vim.fn.getline(found[1].range.start.line + 1); return line == '  fraud:', line end)
try('jump to the definition', function()
  put('model: fraud@v2', 8); vim.lsp.buf.definition(); local ok = vim.wait(5000, function() return vim.api.nvim_get_current_line() == '  fraud:' end, 20); return ok, vim.fn.line('.')
end)
try('completion', function()
  put('full:     { model: recommendation@v2', 35); local found = ask('textDocument/completion')
  local labels = vim.tbl_map(function(item) return item.label end, found.items); return vim.tbl_contains(labels, 'recommendation@v1'), table.concat(labels, ' ')
end)
try('a chosen offer is written where the word stood', function()
  put('model: fraud@v2', 9); local client = get_clients({ bufnr = 0 })[1]
  for _, item in ipairs(ask('textDocument/completion').items) do
    if item.label == 'pricing' then vim.lsp.util.apply_text_edits({ item.textEdit }, vim.api.nvim_get_current_buf(), client.offset_encoding) end
  end
  return vim.api.nvim_get_current_line():match('model: pricing@v2') ~= nil, vim.api.nvim_get_current_line()
end)
try('references', function() put('^  peak-latency:', 4); local found = ask('textDocument/references', { context = { includeDeclaration = true } }); return #found > 5, #found end)
try('document symbols', function() local found = ask('textDocument/documentSymbol'); return #found > 15, #found end)
try('workspace symbols', function() local found; for _, answer in pairs(vim.lsp.buf_request_sync(0, 'workspace/symbol', { query = 'peaklat' }, 5000)) do found = answer.result end; return found[1].name == 'peak-latency', found[1].location.uri end)
try('rename in every file', function()
  vim.cmd('edit!')
  put('^  peak-latency:', 4); vim.lsp.buf.rename('quick-enough')
  local ok = vim.wait(10000, function() return vim.fn.search('^  quick-enough:', 'nw') > 0 end, 20)
  local left = vim.fn.search('\\<peak-latency\\>', 'nw')
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n'); local _, count = text:gsub('quick%-enough', '')
  return ok and left == 0, count .. ' places' .. (left > 0 and ', left: ' .. vim.fn.getline(left) or '')
end)
try('the renamed charter has no new error', function() vim.wait(1500); local errors = vim.diagnostic.get(0, { severity = vim.diagnostic.severity.ERROR }); return #errors == 0, #errors end)
try('a bad name is refused', function()
  put('^  quick-enough:', 4); local ok, why = pcall(ask, 'textDocument/rename', { newName = 'a b' }); return not ok, why
end)
vim.cmd(failed and 'cquit 1' or 'qall!')

-- The stored answers with the keys $keys.
SELECT key, model, answers, tokens, cost_usd FROM model_answers WHERE list_contains($keys::VARCHAR[], key)

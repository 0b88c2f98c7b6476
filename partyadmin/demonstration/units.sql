-- The work units of the organisations. They come in as stock: some credit codes are wrong (O01), some branches repeat the
-- unit of their committee (O02).
INSERT INTO unit (organisation_id, organisation_code, name, credit_code, nature, is_legal_entity, party_status, affiliation, intake)
WITH meant AS (
  SELECT p.code, p.key * 10 AS key, p.stem || CASE
      WHEN p.kind IN ('X30', 'X40') THEN '党委机关' WHEN p.kind = 'X50' THEN '工作委员会机关' WHEN p.stem ~ '村$' THEN '民委员会' WHEN p.stem ~ '社区$' THEN '居民委员会'
      WHEN p.stem ~ '街道$' THEN '办事处' WHEN p.stem ~ '[镇乡]$' THEN '人民政府' ELSE '' END AS name,
    CASE WHEN p.kind LIKE 'X%' THEN '11' WHEN p.stem ~ '村$' THEN '8' WHEN p.stem ~ '社区$' THEN '7' WHEN p.stem ~ '街道$' THEN '5' ELSE nature END AS nature,
    CASE WHEN p.kind LIKE 'X%' THEN '11' WHEN p.stem ~ '(村|社区)$' THEN '54' ELSE registered_as END AS registered_as,
    CASE WHEN p.kind LIKE 'X%' OR p.kind = '611' THEN '1' ELSE '3' END AS party_status
    FROM planned p LEFT JOIN trade ON trade.code = p.trade WHERE p.unit_situation = '2' AND p.fault IS DISTINCT FROM 'O02'
  UNION ALL
  SELECT p.code, p.key * 10 + i, '云岭市' || place.name || pg_temp.pick('{有限公司,合作社,律师事务所,经营部,服务中心}', p.key * 10 + i, 'firm'), '33', '91', '4'
    FROM planned p, generate_series(1, CASE p.fault WHEN 'B06' THEN 1 ELSE 2 + pg_temp.draw_int(4, p.key, 'units') END) AS i
    JOIN place ON true WHERE p.unit_situation = '3' AND place.position = pg_temp.draw_int(1190, p.key * 10 + i, 'firm')
), numbered AS (
  SELECT *, row_number() OVER (ORDER BY key) AS nth,
         registered_as || '340702' || lpad(pg_temp.draw_int(1000000000, key, 'credit code')::text, 9, '0') AS body FROM meant
), coded AS (
  SELECT *, body || CASE WHEN nth % 97 = 23 THEN translate(right_character, '0123456789ABCDEFGHJKLMNPQRTUWXY', '123456789ABCDEFGHJKLMNPQRTUWXY0') ELSE right_character END AS credit_code
    FROM numbered, LATERAL (SELECT c AS right_character FROM string_to_table('0123456789ABCDEFGHJKLMNPQRTUWXY', NULL) AS c WHERE credit_code_is_valid(body || c)) AS checked
), whole AS (
  SELECT code, name, credit_code, nature, party_status FROM coded
  UNION ALL
  SELECT p.code, above.name, above.credit_code, above.nature, above.party_status
    FROM planned p JOIN planned basic ON basic.is_basic AND starts_with(p.code, basic.code) JOIN coded above ON above.code = basic.code WHERE p.fault = 'O02'
)
SELECT o.id, o.code, w.name, w.credit_code, w.nature, true, w.party_status, CASE w.nature WHEN '8' THEN '72' WHEN '7' THEN '71' WHEN '6' THEN '62' WHEN '5' THEN '61' WHEN '33' THEN '90' ELSE '50' END, 'stock'
  FROM whole w JOIN organisation o ON o.code = w.code ORDER BY w.code, w.name;
ANALYZE unit;

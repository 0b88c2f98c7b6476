-- The planned organisations, level by level since each needs the key of its superior. They come in as registered: their
-- units follow in the same transaction, which is when the two are compared.
DO $$
BEGIN
  FOR level IN 1 .. (SELECT max(length(code)) / 3 FROM planned) LOOP
    INSERT INTO organisation (code, parent_id, name, short_name, kind, can_admit, unit_situation, secretary, contact, phone, founded)
    SELECT p.code, above.id,
           CASE WHEN p.kind = '631' AND p.key % 149 = 5 THEN '' ELSE '中共' END || p.stem || CASE p.kind WHEN 'X50' THEN '工作委员会' WHEN '621' THEN '总支部委员会' WHEN '631' THEN '支部委员会' WHEN '632' THEN '联合支部委员会'
             ELSE CASE WHEN p.stem LIKE '%委员会' THEN '党委' ELSE '委员会' END END,
           CASE WHEN p.kind LIKE 'X%' OR p.is_basic THEN p.stem END,
           p.kind, p.is_basic, p.unit_situation,
           CASE WHEN pg_temp.draw(p.key, 'vacant') >= 0.03 THEN secretary.name END, contact.name,
           CASE WHEN p.kind IN ('631', '632') THEN contact.mobile ELSE '0562-' || (2000000 + pg_temp.draw_int(6000000, p.key, 'telephone')) END,
           -- Superiors are older than what they founded.
           DATE '1949-10-01' + 2200 * level + pg_temp.draw_int(2200, p.key, 'founded')
      FROM planned p LEFT JOIN organisation above ON above.code = left(p.code, -3)
      -- The officers of a branch are its first members; those of a committee sit in its first branches, a few for each level.
      LEFT JOIN person AS secretary ON secretary.n = p.before + CASE WHEN p.size > 0 THEN 1 WHEN p.fault IS NULL THEN 2 * (9 - level) END
      LEFT JOIN person AS contact ON contact.n = secretary.n + CASE p.size WHEN 1 THEN 0 ELSE 1 END
     WHERE length(p.code) = 3 * level ORDER BY p.code;
    -- The rules look rows up while the tables fill: plans made for one row must not stay for thousands.
    ANALYZE organisation, organisation_code;
  END LOOP;
END $$;

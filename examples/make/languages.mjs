/**
 * Documents in other scripts than the Latin one. Their fonts come from Debian's packages when the script runs; only the
 * glyphs in use are embedded. All of it is invented.
 */
import { existsSync } from 'node:fs'
import { makePdf } from './sheet.mjs'

const FONTS = {
  greekAndCyrillic: { path: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf', debian: 'fonts-dejavu-core' },
  greekAndCyrillicBold: { path: '/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf', debian: 'fonts-dejavu-core' },
  arabic: { path: '/usr/share/fonts/opentype/fonts-hosny-amiri/Amiri-Regular.ttf', debian: 'fonts-hosny-amiri' },
  arabicBold: { path: '/usr/share/fonts/opentype/fonts-hosny-amiri/Amiri-Bold.ttf', debian: 'fonts-hosny-amiri' },
  chinese: { path: '/usr/share/fonts/truetype/wqy/wqy-microhei.ttc', debian: 'fonts-wqy-microhei' },
}

function font(name) {
  const { path, debian } = FONTS[name]
  if (!existsSync(path)) throw new Error(`Font not found: ${path}. Install it first: apt-get install ${debian}`)
  return path
}

export function greekAndCyrillic() {
  return makePdf({ title: 'Ηχώ και Эхо', lang: 'el' }, (sheet) => {
    sheet.fonts.body = font('greekAndCyrillic')
    sheet.fonts.bold = font('greekAndCyrillicBold')
    sheet.heading('Δύο γράμματα, δύο αλφάβητα', 0)
    sheet.heading('Το λιμάνι')
    sheet.paragraph(
      'Το πρωί το λιμάνι είναι ήσυχο. Οι βάρκες γυρίζουν πριν από την ανατολή και τα δίχτυα απλώνονται στον ήλιο. ' +
        'Ο φαροφύλακας γράφει κάθε μέρα τον άνεμο, τη θερμοκρασία και τα πλοία που πέρασαν.',
    )
    sheet.table({
      head: ['Ημέρα', 'Άνεμος', 'Θερμοκρασία', 'Πλοία'],
      widths: [2, 2, 2, 1],
      numeric: [2, 3],
      rows: [
        ['Δευτέρα', 'βόρειος, 4', '14 °C', '11'],
        ['Τρίτη', 'βορειοδυτικός, 5', '13 °C', '7'],
        ['Τετάρτη', 'άπνοια', '17 °C', '19'],
      ],
    })
    sheet.heading('Железная дорога')
    sheet.paragraph(
      'Поезд приходит на станцию в шесть часов утра. Зимой он опаздывает, потому что ветер заносит пути снегом. ' +
        'Дежурный записывает в журнал время прибытия, число вагонов и причину задержки.',
    )
    sheet.list([
      'Проверить стрелки до прихода поезда.',
      'Очистить платформу от снега.',
      'Сообщить на соседнюю станцию.',
    ])
    sheet.heading('Млин над річкою')
    sheet.paragraph('Старий млин стоїть над річкою. Його колесо ще крутиться навесні, коли вода висока.')
    sheet.footer('Ηχώ, Эхо')
  })
}

/** No digits: the producer lays a line out in one direction only. */
export function arabic() {
  return makePdf({ title: 'دليل الحديقة', lang: 'ar' }, (sheet, doc) => {
    // A feature set makes the producer shape a line as a whole, which right-to-left text needs.
    const line = (text, path, size) => {
      doc.font(path).fontSize(size).fillColor('#1c2430')
      doc.text(text, { align: 'right', features: ['liga', 'calt'], lineGap: 4, width: sheet.width() })
      doc.moveDown(0.5)
    }
    line('دليل حديقة المدرسة', font('arabicBold'), 24)
    line('الماء', font('arabicBold'), 16)
    line(
      'تسقى الحديقة مرتين في اليوم، في الصباح الباكر وعند الغروب. لا تسقى النباتات وقت الظهيرة، لأن الشمس تبخر الماء قبل أن يصل إلى الجذور.',
      font('arabic'),
      13,
    )
    line('التربة', font('arabicBold'), 16)
    line(
      'تخلط التربة بالسماد في بداية الربيع. يجمع التلاميذ أوراق الشجر في الخريف ويضعونها في الصندوق الكبير خلف الجدار.',
      font('arabic'),
      13,
    )
    line('الحصاد', font('arabicBold'), 16)
    line('يقسم الحصاد بين الصفوف، وما زاد منه يقدم إلى المطبخ.', font('arabic'), 13)
  })
}

export function chinese() {
  return makePdf({ title: '山间小站气象记录', lang: 'zh' }, (sheet, doc) => {
    // The file holds several faces; this one is proportional.
    doc.registerFont('chinese', font('chinese'), 'WenQuanYiMicroHei')
    sheet.fonts.body = 'chinese'
    sheet.fonts.bold = 'chinese'
    sheet.heading('山间小站气象记录', 0)
    sheet.heading('概要')
    sheet.paragraph(
      '本站位于海拔一千八百米的山口。观测员每天早晨七点和傍晚六点记录气温、风向和降水量。今年春天来得比往年晚，四月中旬仍有积雪。',
    )
    sheet.heading('四月数据')
    sheet.table({
      head: ['日期', '最低气温', '最高气温', '降水量', '风向'],
      widths: [2, 2, 2, 2, 2],
      numeric: [1, 2, 3],
      rows: [
        ['四月一日', '-3 °C', '6 °C', '0.0 毫米', '西北'],
        ['四月二日', '-1 °C', '8 °C', '2.4 毫米', '西'],
        ['四月三日', '0 °C', '5 °C', '11.7 毫米', '南'],
        ['四月四日', '-2 °C', '9 °C', '0.0 毫米', '静风'],
      ],
    })
    sheet.heading('说明')
    sheet.paragraph('降水量包括融化后的雪。风向由屋顶的风向标读出。如果仪器结冰，记录员会在备注中写明，不估算数值。')
    sheet.list(['每月第一天校准温度计。', '大风之后检查百叶箱。', '缺测的数据留空，不得补写。'], { numbered: true })
  })
}
